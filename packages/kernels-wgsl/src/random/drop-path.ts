import { withFunction } from "../elementwise/dtypes.js";
import { at, ceilDiv, floatBits, kernel, type Launch, words } from "../launch.js";
import source from "./drop-path.wgsl";
import { philox, unit } from "./philox.ref.js";
import { philoxFunctions } from "./random.js";

/** The sizes of a drop-path: `samples` rows of `inner` numbers, each row kept with probability 1 - `rate`. */
export interface DropPathDims {
  readonly samples: number;
  readonly inner: number;
  /** Probability that a sample's branch is dropped, in [0, 1). */
  readonly rate: number;
  /** Which of a step's draws this is: one number per drop-path of a model. */
  readonly stream: number;
  /** Whether y = residual + dropPath(x), with the residual as a buffer. */
  readonly residual: boolean;
}

/**
 * `y = keep(b) x / (1 - rate)`, plus the residual if there is one. With the same key and stream it is its own gradient:
 * dx is this launch without residual on dy. Buffers: key [2] u32 (seed, step), x, y; with residual: key, x, y, residual.
 */
export function dropPathLaunch({ samples, inner, rate, stream, residual }: DropPathDims): Launch {
  const width = inner % 4 === 0 ? 4 : 1;
  const declaration = "\n@group(0) @binding(4) var<storage, read> residual: array<V>;\n";
  const line = "fn add(i: u32, value: V) -> V { return residual[i] + value; }";
  const shader = residual ? withFunction(source, "add", line) + declaration : source;
  const keep = Math.fround(1 - rate);
  return {
    kernel: kernel(`random/drop-path${residual ? "-residual" : ""}`, philoxFunctions + shader, {
      V: width === 4 ? "vec4f" : "f32",
    }),
    params: words(samples, inner / width, stream, floatBits(keep)),
    grid: [ceilDiv(inner / width, 256), Math.min(samples, 32_768), ceilDiv(samples, 32_768)],
    bytes: (residual ? 12 : 8) * samples * inner,
    flops: (residual ? 2 : 1) * samples * inner,
    reference: (key, x, y, base) => {
      for (let b = 0; b < samples; b++) {
        const drawn = philox([Math.floor(b / 4), stream, 0, 0], [at(key, 0), at(key, 1)]);
        const kept = unit(drawn[b % 4] ?? 0) < keep;
        for (let i = b * inner; i < (b + 1) * inner; i++) {
          y[i] = (kept ? at(x, i) / keep : 0) + (residual && base ? at(base, i) : 0);
        }
      }
    },
  };
}
