import { weightBits } from "./resize-taps.js";
import {
  add,
  assemble,
  below,
  type Code,
  get,
  int,
  loadInt,
  multiply,
  repeatWhile,
  set,
  v128,
} from "./wasm-assembler.js";

/**
 * The two passes of `resize` as WebAssembly vector code: the same integer sums as the plain loops, four lanes at a time.
 * Weights come in blocks of four taps, zero beyond an output's own; loads may pass the end of a row by a block, stores by 16
 * bytes, so rows are written in order and every buffer has room behind it.
 */

/** Puts byte `at(lane)` of a vector into each of its four i32 lanes, 0 where that is undefined. */
const spread = (at: (lane: number) => number | undefined): Code =>
  v128.bytes([0, 1, 2, 3].flatMap((lane) => [at(lane) ?? 0x80, 0x80, 0x80, 0x80]));

const half = v128.splat(int(1 << (weightBits - 1)));
const rounded = (sum: Code): Code => v128.shiftRight(sum, weightBits);

/** Parameters of `alongRows`: addresses, and sizes in bytes where not said otherwise. */
const [source, sourceRow, sourceEnd, starts, weights, taps, columns, target] = [0, 1, 2, 3, 4, 5, 6, 7];

/**
 * `target[y][x] = sum_t weights[x][t] * source[y][starts[x] + t]` for RGB or grey bytes. `starts` are byte offsets into a row.
 *
 * RGB: the lanes are R, G, B (and a byte the next pixel overwrites). Grey: the lanes are every fourth tap, added at the end.
 */
function alongRows(channels: 1 | 3): Code {
  const [start, startsEnd, pixel, weight, weightEnd] = [8, 9, 10, 11, 12];
  const [sums, loaded] = [13, 14];
  const product = (bytes: Code, w: Code): Code => set(sums, v128.add(get(sums), v128.multiply(bytes, w)));
  const fourTaps =
    channels === 3
      ? [
          ...set(loaded, v128.load(get(pixel))),
          ...[0, 1, 2, 3].flatMap((tap) =>
            product(
              v128.swizzle(
                get(loaded),
                spread((lane) => (lane < 3 ? 3 * tap + lane : undefined)),
              ),
              v128.loadSplat(get(weight), 4 * tap),
            ),
          ),
        ]
      : product(
          v128.swizzle(
            v128.loadFour(get(pixel)),
            spread((lane) => lane),
          ),
          v128.load(get(weight)),
        );
  const swapped = (order: readonly number[]): Code => v128.swizzle(get(sums), v128.bytes(order));
  const acrossLanes =
    channels === 3
      ? []
      : [
          ...set(sums, v128.add(get(sums), swapped([8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7]))),
          ...set(sums, v128.add(get(sums), swapped([4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11]))),
          ...set(sums, v128.add(get(sums), half)),
        ];
  const onePixel = [
    ...set(pixel, add(get(source), loadInt(get(start)))),
    ...set(weightEnd, add(get(weight), get(taps))),
    ...set(sums, channels === 3 ? half : v128.splat(int(0))),
    ...repeatWhile(
      [...fourTaps, ...set(pixel, add(get(pixel), int(4 * channels))), ...set(weight, add(get(weight), int(16)))],
      below(get(weight), get(weightEnd)),
    ),
    ...acrossLanes,
    ...set(sums, rounded(get(sums))),
    ...set(sums, v128.narrowInts(get(sums), get(sums))),
    ...v128.storeFour(get(target), v128.narrowShorts(get(sums), get(sums))),
    ...set(target, add(get(target), int(channels))),
    ...set(start, add(get(start), int(4))),
  ];
  const oneRow = [
    ...set(start, get(starts)),
    ...set(startsEnd, add(get(starts), multiply(get(columns), int(4)))),
    ...set(weight, get(weights)),
    ...repeatWhile(onePixel, below(get(start), get(startsEnd))),
    ...set(source, add(get(source), get(sourceRow))),
  ];
  return repeatWhile(oneRow, below(get(source), get(sourceEnd)));
}

/**
 * One row of the result: `target[i] = sum_t weights[t] * source[t * row + i]`, sixteen bytes at a time; `row` bytes apart are
 * the rows of the source, `weightsEnd` is where the row's own taps end.
 */
function alongColumns(): Code {
  const [source, row, weights, weightsEnd, target, targetEnd] = [0, 1, 2, 3, 4, 5];
  const [pixel, weight] = [6, 7];
  const sums = [8, 9, 10, 11] as const;
  const [loaded, factor] = [12, 13];
  const oneTap = [
    ...set(loaded, v128.load(get(pixel))),
    ...set(factor, v128.loadSplat(get(weight))),
    ...sums.flatMap((sum, part) => {
      const bytes = v128.swizzle(
        get(loaded),
        spread((lane) => 4 * part + lane),
      );
      return set(sum, v128.add(get(sum), v128.multiply(bytes, get(factor))));
    }),
    ...set(pixel, add(get(pixel), get(row))),
    ...set(weight, add(get(weight), int(4))),
  ];
  const [a, b, c, d] = sums;
  const sixteen = [
    ...set(pixel, get(source)),
    ...set(weight, get(weights)),
    ...sums.flatMap((sum) => set(sum, half)),
    ...repeatWhile(oneTap, below(get(weight), get(weightsEnd))),
    ...v128.store(
      get(target),
      v128.narrowShorts(
        v128.narrowInts(rounded(get(a)), rounded(get(b))),
        v128.narrowInts(rounded(get(c)), rounded(get(d))),
      ),
    ),
    ...set(source, add(get(source), int(16))),
    ...set(target, add(get(target), int(16))),
  ];
  return repeatWhile(sixteen, below(get(target), get(targetEnd)));
}

/** The module's bytes: `rows1` and `rows3` (by channels) and `columns`. */
export const resizeModule = (): Uint8Array<ArrayBuffer> =>
  assemble([
    { name: "rows1", params: 8, ints: 5, vectors: 2, body: alongRows(1) },
    { name: "rows3", params: 8, ints: 5, vectors: 2, body: alongRows(3) },
    { name: "columns", params: 6, ints: 2, vectors: 6, body: alongColumns() },
  ]);
