import { depthwise, groupNorm, layerNorm, lif, lifPair, type Tensor } from "@snnmlp/tensor";
import { type Find, type Rung, withGradients } from "./rungs.js";

interface Op {
  readonly family: string;
  readonly name: string;
  /** Learned tensors beside x: shapes by channels, and values. */
  readonly learned: Readonly<Record<string, { shape: (C: number) => readonly number[]; value?: number }>>;
  readonly run: (find: Find) => Tensor | readonly Tensor[];
}

const scalars = { tau: { shape: () => [1], value: 0.25 }, vth: { shape: () => [1], value: 0.1 } };
const affine = { gamma: { shape: (C: number) => [C] }, beta: { shape: (C: number) => [C] } };

const ops: readonly Op[] = [
  {
    family: "lif",
    name: "lif along H",
    learned: scalars,
    run: (find) => lif(find("x"), find("tau"), find("vth"), { axis: 1, group: 4 }),
  },
  {
    family: "lif",
    name: "lif along W",
    learned: scalars,
    run: (find) => lif(find("x"), find("tau"), find("vth"), { axis: 2, group: 4 }),
  },
  {
    family: "lif",
    name: "lif along both",
    learned: { tauH: scalars.tau, vthH: scalars.vth, tauW: scalars.tau, vthW: scalars.vth },
    run: (find) =>
      lifPair(
        find("x"),
        { tauH: find("tauH"), vthH: find("vthH"), tauW: find("tauW"), vthW: find("vthW") },
        { group: 4 },
      ),
  },
  {
    family: "norm",
    name: "groupNorm(1, C)",
    learned: affine,
    run: (find) => groupNorm(find("x"), 1, find("gamma"), find("beta")),
  },
  {
    family: "norm",
    name: "groupNorm(1, C)+gelu",
    learned: affine,
    run: (find) => groupNorm(find("x"), 1, find("gamma"), find("beta"), { activation: "gelu" }),
  },
  {
    family: "norm",
    name: "layerNorm",
    learned: affine,
    run: (find) => layerNorm(find("x"), find("gamma"), find("beta")),
  },
  {
    family: "depthwise",
    name: "depthwise 3x3",
    learned: { weight: { shape: (C) => [3, 3, C] }, bias: { shape: (C) => [C] } },
    run: (find) => depthwise(find("x"), find("weight"), find("bias")),
  },
];

/** Ops on activations [B, 56, 56, 96], those of the first stage of SNN-MLP-T: forward, and forward with all gradients. */
export const imageRungs = (B: number): Rung[] =>
  ops.flatMap(({ family, name, learned, run }) => {
    const given = (shape: readonly number[]) => {
      const C = shape.at(-1) ?? 1;
      const tensors = Object.entries(learned).map(([tensor, { shape, value }]) => [
        tensor,
        { shape: shape(C), ...(value !== undefined && { value: () => value }) },
      ]);
      return { x: { shape }, ...Object.fromEntries(tensors) };
    };
    const [full, small] = [
      [B, 56, 56, 96],
      [2, 15, 14, 24],
    ];
    const pair = name === "lif along both";
    const withDy = (shape: readonly number[]) => ({ ...given(shape), dy: { shape }, ...(pair && { dy2: { shape } }) });
    const backward = (find: Find) => {
      const learnedTensors = Object.keys(learned).map(find);
      return withGradients(
        () => run(find),
        [find("x"), ...learnedTensors],
        pair ? [find("dy"), find("dy2")] : [find("dy")],
      );
    };
    const label = `[${full.join(", ")}]`;
    return [
      { family, name: `${name} ${label}`, full: given(full), small: given(small), run: (find) => [run(find)].flat() },
      { family, name: `${name} +backward`, full: withDy(full), small: withDy(small), run: backward },
    ];
  });
