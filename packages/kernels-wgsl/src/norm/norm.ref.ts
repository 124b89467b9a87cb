import { gelu, geluGrad } from "../gelu/gelu.ref.js";
import { at, ceilDiv, type Reference } from "../launch.js";
import type { NormDims, NormOptions } from "./norm.js";

/** Sizes that the references of the split kernels share with their shaders; `width` channels make a column. */
export interface Split {
  readonly samples: number;
  /** Positions of a sample. */
  readonly N: number;
  readonly chunk: number;
  readonly width: number;
}

/** Calls `visit` with the buffer index and the channel of every element of a row (sample and group). */
function forEachInRow(dims: NormDims, row: number, visit: (index: number, channel: number) => void): void {
  const perGroup = dims.C / dims.groups;
  const first = (row % dims.groups) * perGroup;
  for (let position = 0; position < dims.HW; position++) {
    for (let c = first; c < first + perGroup; c++) {
      visit((Math.floor(row / dims.groups) * dims.HW + position) * dims.C + c, c);
    }
  }
}

function normalised(x: number, stats: Float64Array, row: number): number {
  return (x - at(stats, 2 * row)) * at(stats, 2 * row + 1);
}

/** dy before the affine: through the derivative of GELU where that follows. */
function beforeGelu(dy: number, h: number, gamma: number, beta: number, options: NormOptions): number {
  return options.gelu ? dy * geluGrad(gamma * h + beta) : dy;
}

/** Buffers: x, gamma, beta, y, stats. */
export function rowsForwardReference(dims: NormDims, options: NormOptions): Reference {
  const apply = applyReference(dims, options);
  return (x, gamma, beta, y, stats) => {
    const n = (dims.HW * dims.C) / dims.groups;
    for (let row = 0; row < dims.B * dims.groups; row++) {
      let sum = 0;
      forEachInRow(dims, row, (k) => {
        sum += at(x, k);
      });
      let squares = 0;
      forEachInRow(dims, row, (k) => {
        squares += (at(x, k) - sum / n) ** 2;
      });
      stats.set([sum / n, 1 / Math.sqrt(squares / n + options.eps)], 2 * row);
    }
    apply(x, gamma, beta, stats, y);
  };
}

/** Buffers: x, gamma, beta, stats, y. */
export function applyReference(dims: NormDims, options: NormOptions): Reference {
  return (x, gamma, beta, stats, y) => {
    for (let row = 0; row < dims.B * dims.groups; row++) {
      forEachInRow(dims, row, (k, c) => {
        const z = normalised(at(x, k), stats, row) * at(gamma, c) + at(beta, c);
        y[k] = options.gelu ? gelu(z) : z;
      });
    }
  };
}

/** Buffers: x, partials [samples, chunks, C / width] of (mean, M2). */
export function statsReference(split: Split, C: number): Reference {
  return (x, partials) => {
    forEachColumn(split, C, (part, indices) => {
      const values = indices.map((k) => at(x, k));
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      partials.set([mean, values.reduce((a, b) => a + (b - mean) ** 2, 0)], 2 * part);
    });
  };
}

/** Calls `visit` for every chunk and column with the buffer indices it covers. */
function forEachColumn(split: Split, C: number, visit: (part: number, indices: number[]) => void): void {
  const chunks = ceilDiv(split.N, split.chunk);
  const columns = C / split.width;
  for (let part = 0; part < split.samples * chunks * columns; part++) {
    const sample = Math.floor(part / columns / chunks);
    const begin = (Math.floor(part / columns) % chunks) * split.chunk;
    const indices: number[] = [];
    for (let position = begin; position < Math.min(begin + split.chunk, split.N); position++) {
      for (let lane = 0; lane < split.width; lane++) {
        indices.push((sample * split.N + position) * C + (part % columns) * split.width + lane);
      }
    }
    visit(part, indices);
  }
}

/** Buffers: partials, stats. */
export function mergeReference(dims: NormDims, split: Split, eps: number): Reference {
  return (partials, stats) => {
    const perRow = (dims.HW * dims.C) / dims.groups;
    const columns = dims.C / split.width;
    const sums = new Float64Array(dims.B * dims.groups);
    const squares = new Float64Array(dims.B * dims.groups);
    const rowOf = (part: number, indices: readonly number[]) =>
      Math.floor((indices[0] ?? 0) / (dims.HW * dims.C)) * dims.groups +
      Math.floor((part % columns) / (columns / dims.groups));
    forEachColumn(split, dims.C, (part, indices) => {
      const row = rowOf(part, indices);
      sums[row] = at(sums, row) + indices.length * at(partials, 2 * part);
    });
    forEachColumn(split, dims.C, (part, indices) => {
      const row = rowOf(part, indices);
      const apart = at(partials, 2 * part) - at(sums, row) / perRow;
      squares[row] = at(squares, row) + at(partials, 2 * part + 1) + indices.length * apart ** 2;
    });
    for (let row = 0; row < sums.length; row++) {
      stats.set([at(sums, row) / perRow, 1 / Math.sqrt(at(squares, row) / perRow + eps)], 2 * row);
    }
  };
}

/** Buffers: x, gamma, beta, stats, dy, dx. */
export function rowsBackwardReference(dims: NormDims, options: NormOptions): Reference {
  const finish = dxReference(dims, options);
  return (x, gamma, beta, stats, dy, dx) => {
    const means = new Float64Array(2 * dims.B * dims.groups);
    const n = (dims.HW * dims.C) / dims.groups;
    for (let row = 0; row < dims.B * dims.groups; row++) {
      let sum = 0;
      let sumH = 0;
      forEachInRow(dims, row, (k, c) => {
        const h = normalised(at(x, k), stats, row);
        const g = at(gamma, c) * beforeGelu(at(dy, k), h, at(gamma, c), at(beta, c), options);
        sum += g;
        sumH += g * h;
      });
      means.set([sum / n, sumH / n], 2 * row);
    }
    finish(x, gamma, beta, stats, means, dy, dx);
  };
}

/** Buffers: x, gamma, beta, stats, means, dy, dx. */
export function dxReference(dims: NormDims, options: NormOptions): Reference {
  return (x, gamma, beta, stats, means, dy, dx) => {
    for (let row = 0; row < dims.B * dims.groups; row++) {
      forEachInRow(dims, row, (k, c) => {
        const h = normalised(at(x, k), stats, row);
        const g = at(gamma, c) * beforeGelu(at(dy, k), h, at(gamma, c), at(beta, c), options);
        dx[k] = at(stats, 2 * row + 1) * (g - at(means, 2 * row) - h * at(means, 2 * row + 1));
      });
    }
  };
}

/** Buffers: x, gamma, beta, stats, dy, sums and sumsH [samples, chunks, C]. */
export function sumsReference(dims: NormDims, options: NormOptions, split: Split): Reference {
  return (x, gamma, beta, stats, dy, sums, sumsH) => {
    const chunks = ceilDiv(split.N, split.chunk);
    sums.fill(0, 0, split.samples * chunks * dims.C);
    sumsH.fill(0, 0, split.samples * chunks * dims.C);
    for (let row = 0; row < dims.B * dims.groups; row++) {
      forEachInRow(dims, row, (k, c) => {
        const h = normalised(at(x, k), stats, row);
        const dz = beforeGelu(at(dy, k), h, at(gamma, c), at(beta, c), options);
        const position = Math.floor(k / dims.C);
        const chunk = Math.floor(position / split.N) * chunks + Math.floor((position % split.N) / split.chunk);
        sums[chunk * dims.C + c] = at(sums, chunk * dims.C + c) + dz;
        sumsH[chunk * dims.C + c] = at(sumsH, chunk * dims.C + c) + dz * h;
      });
    }
  };
}

/** Buffers: sums and sumsH [B, chunks, C], gamma, totals and totalsH [B, C], means. */
export function rowSumsReference(dims: NormDims, chunks: number): Reference {
  return (sums, sumsH, gamma, totals, totalsH, means) => {
    const { B, C, HW, groups } = dims;
    means.fill(0);
    for (let b = 0; b < B; b++) {
      for (let c = 0; c < C; c++) {
        const row = b * groups + Math.floor(c / (C / groups));
        for (const [which, from, to] of [[0, sums, totals] as const, [1, sumsH, totalsH] as const]) {
          let sum = 0;
          for (let chunk = 0; chunk < chunks; chunk++) sum += at(from, (b * chunks + chunk) * C + c);
          to[b * C + c] = sum;
          means[2 * row + which] = at(means, 2 * row + which) + (at(gamma, c) * sum) / ((HW * C) / groups);
        }
      }
    }
  };
}

/** Buffers: sums and sumsH [N, C], dgamma, dbeta. */
export function columnsReference(N: number, C: number): Reference {
  return (sums, sumsH, dgamma, dbeta) => {
    dgamma.fill(0);
    dbeta.fill(0);
    for (let n = 0; n < N; n++) {
      for (let c = 0; c < C; c++) {
        dbeta[c] = at(dbeta, c) + at(sums, n * C + c);
        dgamma[c] = at(dgamma, c) + at(sumsH, n * C + c);
      }
    }
  };
}

/** A reference whose output `index` has the values of the last buffer added, if asked. */
export function adding(reference: Reference, index: number, asked = false): Reference {
  if (!asked) return reference;
  return (...buffers) => {
    const other = buffers.at(-1) ?? new Float64Array();
    reference(...buffers.slice(0, -1));
    const sum = buffers[index] ?? new Float64Array();
    for (let i = 0; i < sum.length; i++) sum[i] = at(sum, i) + at(other, i);
  };
}
