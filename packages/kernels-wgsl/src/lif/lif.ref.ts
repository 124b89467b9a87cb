import { at, type Reference } from "../launch.js";
import type { LifDims, LifGradient, LifOutput, Surrogate } from "./lif.js";

/** The smooth stand-in for d fired / d u at h = u - vth, by name. */
export function surrogateGradient(name: Surrogate, alpha: number, h: number): number {
  const z = alpha * h;
  switch (name) {
    case "none":
      return 0;
    case "arctan":
      return alpha / 2 / (1 + ((Math.PI / 2) * z) ** 2);
    case "sigmoid": {
      const s = 1 / (1 + Math.exp(-z));
      return alpha * s * (1 - s);
    }
    case "triangle":
      return alpha * Math.max(0, 1 - Math.abs(z));
    case "rectangle":
      return Math.abs(h) < 1 / (2 * alpha) ? alpha : 0;
    case "superspike":
      return 1 / (alpha * Math.abs(h) + 1) ** 2;
  }
}

/** Calls `visit` for every group of every line with the buffer indices of its positions, in order. */
function forEachGroup(dims: LifDims, visit: (indices: number[], whole: boolean) => void): void {
  for (let outer = 0; outer < dims.outer; outer++) {
    for (let inner = 0; inner < dims.inner; inner++) {
      for (let first = 0; first < dims.N; first += dims.group) {
        const length = Math.min(dims.group, dims.N - first);
        const index = (j: number) => (outer * dims.N + first + j) * dims.inner + inner;
        visit(
          Array.from({ length }, (_, j) => index(j)),
          length === dims.group,
        );
      }
    }
  }
}

/** Buffers: x, tau, vth, y. */
export function lifForwardReference(dims: LifDims, output: LifOutput): Reference {
  return (x: Float64Array, tau: Float64Array, vth: Float64Array, y: Float64Array) => {
    forEachGroup(dims, (indices, whole) => {
      let o = 0;
      for (const k of indices) {
        const u = at(tau, 0) * o + at(x, k);
        const fired = u > at(vth, 0);
        if (output === "spike") y[k] = fired ? 1 : 0;
        else if (whole) y[k] = fired ? u : at(vth, 0);
        else y[k] = at(x, k);
        o = fired ? 0 : u;
      }
    });
  };
}

/** What the group at `indices` passes back, added to `sums`; `put` receives dx. */
function groupGradient(
  indices: readonly number[],
  [x, tau, vth, dy]: readonly [Float64Array, number, number, Float64Array],
  gradient: LifGradient,
  sums: { dtau: number; dvth: number },
  put: (index: number, dx: number) => void,
): void {
  const states: { o: number; u: number }[] = [];
  let o = 0;
  for (const k of indices) {
    const u = tau * o + at(x, k);
    states.push({ o, u });
    o = u > vth ? 0 : u;
  }
  let dNext = 0; // the gradient that reaches o of the next position
  for (const [j, { o, u }] of [...states.entries()].reverse()) {
    const k = indices[j] ?? -1;
    const g = at(dy, k);
    const fired = u > vth ? 1 : 0;
    const s = surrogateGradient(gradient.surrogate, gradient.alpha, u - vth);
    const du = g * (gradient.output === "spike" ? s : fired) + dNext * (1 - fired - u * s);
    sums.dvth += g * (gradient.output === "spike" ? -s : 1 - fired) + dNext * u * s;
    sums.dtau += du * o;
    put(k, du);
    dNext = tau * du;
  }
}

/** Buffers: x, tau, vth, dy, dx, partials. The first pair of partials holds the sums, the others 0. */
export function lifBackwardReference(dims: LifDims, gradient: LifGradient, mode: "write" | "add"): Reference {
  return (x, tau, vth, dy, dx, partials) => {
    const sums = { dtau: 0, dvth: 0 };
    const put = (index: number, value: number) => {
      dx[index] = mode === "add" ? at(dx, index) + value : value;
    };
    forEachGroup(dims, (indices, whole) => {
      if (whole || gradient.output === "spike") {
        groupGradient(indices, [x, at(tau, 0), at(vth, 0), dy], gradient, sums, put);
      } else {
        for (const k of indices) put(k, at(dy, k));
      }
    });
    partials.fill(0);
    partials.set([sums.dtau, sums.dvth]);
  };
}

/** `count` pairs (dtau, dvth) among partials: each the `offset`-th of a row of `stride`. */
export interface Pairs {
  readonly count: number;
  readonly stride: number;
  readonly offset: number;
}

/** Buffers: partials, dtau, dvth. */
export function lifScalarsReference({ count, stride, offset }: Pairs): Reference {
  return (partials: Float64Array, dtau: Float64Array, dvth: Float64Array) => {
    let [tau, vth] = [0, 0];
    for (let i = 0; i < count; i++) {
      tau += at(partials, 2 * (i * stride + offset));
      vth += at(partials, 2 * (i * stride + offset) + 1);
    }
    dtau[0] = tau;
    dvth[0] = vth;
  };
}
