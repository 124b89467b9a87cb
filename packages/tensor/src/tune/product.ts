import {
  type Chain,
  type MatmulDims,
  type MatmulVariant,
  matmulChain,
  matmulLaunch,
  type TuningKey,
} from "@snnmlp/kernels-wgsl";
import type { Device } from "../device.js";
import { launchChain } from "../op.js";
import { tensor } from "../ops/create.js";
import { compile } from "../program/program.js";
import type { Tensor } from "../tensor.js";

/** One product, `c = a b`, on a device, ready for every variant. */
export interface Product {
  readonly key: TuningKey;
  readonly dims: MatmulDims;
  readonly a: Tensor;
  readonly b: Tensor;
  readonly c: Tensor;
}

/** Numbers in [-1, 1), the same every time. */
function noise(count: number, seed: number): Float32Array<ArrayBuffer> {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** Operands full of noise. */
export function makeProduct(device: Device, key: TuningKey, dims: MatmulDims): Product {
  const { M, N, K } = dims;
  const a = tensor(device, noise(M * K, 1), [M * K]);
  const b = tensor(device, noise(K * N, 2), [K * N]);
  return { key, dims, a, b, c: device.empty("tune", [M * N], "f32") };
}

/** The launches of a product by one variant. */
const chainOf = ({ c, key, dims }: Product, variant: MatmulVariant): Chain =>
  matmulChain(dims, { ...c.device.profile, tuning: { [key]: variant } });

/** Largest difference from the float64 reference over its largest value. */
export async function errorOf(product: Product, variant: MatmulVariant): Promise<number> {
  const { a, b, c, dims } = product;
  const { device } = c;
  // What an earlier variant left there is not to pass for a result.
  c.write(new Float32Array(c.size).fill(Number.NaN));
  launchChain("tune", chainOf(product, variant), device, [a, b, c]);
  const [got, ...operands] = await Promise.all([c, a, b].map((t) => device.readExact(t)));
  const expected = new Float64Array(c.size);
  matmulLaunch(dims, { kernels: "naive", kind: "gpu" }).reference(...operands, expected);
  let furthest = 0;
  let largest = 0;
  for (const [i, value] of expected.entries()) {
    const error = Math.abs((got?.[i] ?? Number.NaN) - value);
    if (Number.isNaN(error)) return Number.POSITIVE_INFINITY;
    furthest = Math.max(furthest, error);
    largest = Math.max(largest, Math.abs(value));
  }
  return furthest / largest;
}

/** Launches that run one after another before the host looks at the clock, FLOPs in all. */
const flopsARun = { gpu: 5e10, cpu: 4e7 };

/** A variant that was this much slower than the best one in two turns is not given a third. */
const hopeless = 8;

/**
 * ms of one product by each variant, in its fastest turn: the variants take turns, so that what else the machine does
 * meets all of them, and it can only add.
 *
 * @param enough ms after which no new round begins; there are at least three
 */
export async function race(
  product: Product,
  variants: readonly MatmulVariant[],
  enough: number,
): Promise<Map<MatmulVariant, number>> {
  const { a, b, c, dims } = product;
  const { device } = c;
  const aim = device.profile.kind === "gpu" ? flopsARun.gpu : flopsARun.cpu;
  const repeats = Math.min(500, Math.max(1, Math.round(aim / (2 * dims.M * dims.N * dims.K))));
  const times = new Map<MatmulVariant, number>();
  const programs = await Promise.all(
    variants.map(async (variant) => {
      const chain = chainOf(product, variant);
      const program = await compile(device, {}, () => {
        for (let i = 0; i < repeats; i++) launchChain("tune", chain, device, [a, b, c]);
        return {};
      });
      return { variant, program };
    }),
  );
  try {
    const once = async (program: (typeof programs)[number]["program"]): Promise<number> => {
      const start = performance.now();
      program.run();
      await device.idle();
      return (performance.now() - start) / repeats;
    };
    for (const { program } of programs) await once(program); // compiles what drivers leave to the first run
    const start = performance.now();
    for (let round = 0; round < 3 || performance.now() - start < enough; round++) {
      const best = Math.min(...times.values());
      for (const { variant, program } of programs) {
        const fastest = times.get(variant) ?? Number.POSITIVE_INFINITY;
        if (round > 1 && fastest > hopeless * best) continue;
        times.set(variant, Math.min(fastest, await once(program)));
      }
    }
  } finally {
    for (const { program } of programs) program.dispose();
  }
  return times;
}
