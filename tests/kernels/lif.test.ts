import { type LifDims, type LifGradient, lifBackwardChain, lifForwardLaunch, type Profile } from "@snnmlp/kernels-wgsl";
import { readSafetensors } from "snnmlp";
import { describe, expect, test } from "vitest";
import { checkLaunch, checkLaunches, expectClose, input, noise, output, type Step } from "./run-launch.js";

const profiles: readonly Profile[] = [
  { kernels: "naive", kind: "lavapipe" },
  { kernels: "tuned", kind: "lavapipe" },
  { kernels: "tuned", kind: "gpu" },
];
const authors: LifGradient = { output: "membrane", surrogate: "none", alpha: 1 };

/** Noise in [-1, 1) whose membrane stays 1e-4 away from the threshold, so that f32 and float64 fire alike. */
function membraneInput({ outer, N, inner, group }: LifDims, tau: number, vth: number): Float64Array {
  const x = noise(outer * N * inner, 7);
  for (let line = 0; line < outer * inner; line++) {
    let o = 0;
    for (let j = 0; j < N; j++) {
      if (j % group === 0) o = 0;
      const k = (Math.floor(line / inner) * N + j) * inner + (line % inner);
      let u = tau * o + (x[k] ?? 0);
      if (Math.abs(u - vth) < 1e-4) {
        x[k] = (x[k] ?? 0) + 1e-3;
        u += 1e-3;
      }
      o = u > vth ? 0 : u;
    }
  }
  return x;
}

/** Forward and backward over buffers x, tau, vth, dy, dx, dtau, dvth, partials, y. */
function forwardAndBackward(
  dims: LifDims,
  gradient: LifGradient,
  profile: Profile,
): { steps: Step[]; partials: number } {
  const { steps, scratch } = lifBackwardChain(dims, gradient, profile);
  const forward = lifForwardLaunch(dims, gradient.output, profile);
  return { steps: [[forward, [0, 1, 2, 8]], ...steps], partials: scratch[0] ?? 0 };
}

async function check(dims: LifDims, gradient: LifGradient, profile: Profile, tau = 0.6, vth = 0.2): Promise<void> {
  const size = dims.outer * dims.N * dims.inner;
  const run = forwardAndBackward(dims, gradient, profile);
  const buffers = [
    input(membraneInput(dims, tau, vth)),
    input([tau]),
    input([vth]),
    // Mostly positive, so that dtau and dvth are not small differences of large sums.
    input(noise(size, 3).map((g) => g + 0.75)),
    output(size),
    output(1),
    output(1),
    output(run.partials),
    output(size),
  ];
  await checkLaunches(run.steps, buffers, [7]);
}

describe.each(profiles)("$kernels kernels of $kind", (profile) => {
  test.each<LifDims>([
    { outer: 1, N: 1, inner: 1, group: 1 },
    { outer: 2, N: 7, inner: 12, group: 4 },
    { outer: 2, N: 14, inner: 7, group: 4 },
    { outer: 3, N: 8, inner: 64, group: 4 },
    { outer: 3, N: 16, inner: 260, group: 16 },
    { outer: 1, N: 37, inner: 68, group: 17 },
    { outer: 2, N: 3, inner: 8, group: 4 },
    { outer: 64, N: 56, inner: 96, group: 4 },
  ])("forward and backward are their references: outer $outer, N $N, inner $inner, group $group", (dims) =>
    check(dims, authors, profile),
  );

  test.each<LifGradient>([
    { output: "membrane", surrogate: "arctan", alpha: 2 },
    { output: "membrane", surrogate: "sigmoid", alpha: 4 },
    { output: "spike", surrogate: "triangle", alpha: 1 },
    { output: "spike", surrogate: "rectangle", alpha: 1 },
    { output: "spike", surrogate: "superspike", alpha: 10 },
    { output: "spike", surrogate: "none", alpha: 1 },
  ])("$output output with the $surrogate surrogate is its reference", async (gradient) => {
    const unrolled = profile.kernels === "tuned";
    const dims = unrolled ? { outer: 2, N: 10, inner: 20, group: 4 } : { outer: 2, N: 29, inner: 5, group: 19 };
    await check(dims, gradient, profile);
  });

  test.each(["lif", "lif-surrogate"])("the PyTorch answers of %s.safetensors are met", async (name) => {
    const file = await readSafetensors(new URL(`../fixtures/${name}.safetensors`, import.meta.url).pathname);
    const cases = [...file.metadata];
    expect(cases.length).toBeGreaterThan(5);
    for (const [id, json] of cases) {
      const {
        axis,
        shape,
        group,
        tau,
        vth,
        surrogate = "none",
        alpha = 1,
        output: kind = "membrane",
      } = JSON.parse(json);
      const [B, C, H, W] = shape;
      const dims: LifDims =
        axis === "H" ? { outer: B * C, N: H, inner: W, group } : { outer: B * C * H, N: W, inner: 1, group };
      const values = (field: string) =>
        input(Float64Array.from(file.tensors.get(`${id}.${field}`)?.data ?? [], Number));
      const run = forwardAndBackward(dims, { output: kind, surrogate, alpha }, profile);
      const size = B * C * H * W;
      const results = await checkLaunches(
        run.steps,
        [
          ...[values("x"), input([tau]), input([vth]), values("dy")],
          ...[output(size), output(1), output(1), output(run.partials), output(size)],
        ],
        [7],
      );
      for (const [index, field] of [
        [8, "y"],
        [4, "dx"],
        [5, "dtau"],
        [6, "dvth"],
      ] as const) {
        expectClose(results[index] ?? new Float64Array(), values(field).values, "f32", `${name} ${id}.${field}`);
      }
    }
  });
});

test("a membrane equal to the threshold does not fire", async () => {
  const dims = { outer: 1, N: 1, inner: 1, group: 1 };
  const launch = lifForwardLaunch(dims, "spike", { kernels: "tuned", kind: "gpu" });
  const [, , , y] = await checkLaunch(launch, input([0.5]), input([0.25]), input([0.5]), output(1));
  expect(y).toEqual(Float64Array.of(0));
});
