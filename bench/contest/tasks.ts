/** A size of activations. */
export interface At {
  readonly B: number;
  readonly H: number;
  readonly W: number;
  readonly C: number;
}

/** Work that every side does: what its process is started with. */
export type Task =
  | {
      readonly task: "matmul";
      /** y = x w, dx = dy w^T, or dw = x^T dy, with x [M, K] and w [K, N]. */
      readonly product: "y" | "dx" | "dw";
      readonly M: number;
      readonly K: number;
      readonly N: number;
    }
  | { readonly task: "lif"; readonly axis: "H" | "W"; readonly at: At }
  | { readonly task: "norm" | "depthwise"; readonly at: At }
  | { readonly task: "train" | "forward"; readonly model: "pico" | "nano" | "tiny"; readonly batchSize: number };

/** A task with a name, and how many times faster than the better peer this project means to be. */
export interface Heat {
  readonly name: string;
  readonly task: Task;
  readonly bar: number;
  /** What the same is called in a folder given by `--peer-dir`: arguments, and the line of the answer. */
  readonly elsewhere?: { readonly args: readonly string[]; readonly line: RegExp };
}

const sizes = [
  [1024, 1024, 1024],
  [3136, 96, 384],
  [784, 192, 768],
  [196, 384, 1536],
  [49, 768, 3072],
] as const;
const at: At = { B: 8, H: 56, W: 56, C: 96 };

const products: Heat[] = sizes.flatMap(([M, K, N]) => {
  const elsewhere = { args: ["--task", "matmul", "--m", `${M}`, "--k", `${K}`, "--n", `${N}`], line: /^matmul/ };
  const heat = (product: "y" | "dx" | "dw"): Heat => ({
    name: `matmul${product === "y" ? "" : `-${product}`}-${M}x${K}x${N}`,
    task: { task: "matmul", product, M, K, N },
    bar: 2,
    ...(product === "y" && { elsewhere }),
  });
  return [heat("y"), heat("dx"), heat("dw")];
});

const layer = (name: string, task: Task, elsewhere?: { task: string; line: RegExp }): Heat => ({
  name,
  task,
  bar: 4,
  ...(elsewhere && { elsewhere: { args: ["--task", elsewhere.task], line: elsewhere.line } }),
});

const whole = (
  name: string,
  task: "train" | "forward",
  model: "nano" | "tiny",
  batchSize: number,
  bar: number,
): Heat => ({
  name,
  task: { task, model, batchSize },
  bar,
  elsewhere: { args: ["--task", name], line: new RegExp(`^${name}$`) },
});

/** All of them; layers are forward and backward on [8, 56, 56, 96]. */
export const heats: readonly Heat[] = [
  ...products,
  layer("lif-H", { task: "lif", axis: "H", at }, { task: "lif", line: /^lif-h.forward.backward$/i }),
  layer("lif-W", { task: "lif", axis: "W", at }, { task: "lif", line: /^lif-w.forward.backward$/i }),
  layer("norm", { task: "norm", at }, { task: "norm", line: /^norm.forward.backward$/ }),
  layer("depthwise", { task: "depthwise", at }),
  whole("nano-train", "train", "nano", 32, 3),
  whole("tiny-forward", "forward", "tiny", 1, 2.5),
  whole("tiny-train", "train", "tiny", 1, 3),
];
