import { longestPair } from "@snnmlp/kernels-wgsl";
import { lif, lifPair } from "@snnmlp/tensor";
import fc from "fast-check";
import { noise } from "../../kernels/run-launch.js";
import { f32, product, property, size } from "../../support/property.js";

const margin = 2e-3;

/**
 * Inputs of which no membrane comes near the threshold, along any of `axes`: the function jumps there, so f32 and float64
 * might fall on different sides, and slopes do not exist. Inputs that lead too near are pushed up until none does.
 */
function clear(
  shape: readonly number[],
  axes: readonly number[],
  group: number,
  tau: number,
  vth: number,
): Float64Array {
  const values = noise(product(shape), 5).map(Math.fround);
  for (let round = 0; round < 1000; round++) {
    let pushed = false;
    for (const axis of axes) {
      const N = shape[axis] ?? 1;
      const inner = product(shape.slice(axis + 1));
      for (let first = 0; first < values.length; first++) {
        if (Math.floor(first / inner) % N !== 0) continue;
        let o = 0;
        for (let j = 0; j < N; j++) {
          if (j % group === 0) o = 0;
          const at = first + j * inner;
          while (Math.abs(tau * o + (values[at] ?? 0) - vth) < margin) {
            values[at] = Math.fround((values[at] ?? 0) + 1.37 * margin);
            pushed = true;
          }
          const u = tau * o + (values[at] ?? 0);
          o = u > vth ? 0 : u;
        }
      }
    }
    if (!pushed) return values;
  }
  throw new Error("no inputs clear of the threshold found");
}

const scalar = (value: number) => ({ shape: [1], values: Float64Array.of(value) });
const surrogate = fc.constantFrom("none", "arctan", "sigmoid", "triangle", "rectangle", "superspike");

/** `lif` along a random axis, or `lifPair`: group lengths with tails, every surrogate, membranes and spikes. */
export const lifProperty = (which: "one" | "pair") =>
  property(
    fc
      .record({
        shape: fc.tuple(fc.constantFrom(1, 2), size, size, size),
        axis: fc.constantFrom(1, 2),
        group: fc.constantFrom(-1, 1, 2, 3, 4, 5, 7),
        surrogate: fc.oneof(fc.constant("none" as const), surrogate),
        output: fc.constantFrom("membrane" as const, "spike" as const),
        tau: fc.constantFrom(0.25, 0.5, 0.9),
      })
      .filter(({ shape }) => product(shape) <= 1200),
    ({ shape, axis, tau: leak, ...options }) => {
      const [tau, vth] = [Math.fround(leak), 0.25];
      // Longer groups make a pair two `lif` ops, each recorded by itself.
      const group = which === "one" ? Math.abs(options.group) : Math.min(Math.abs(options.group), longestPair);
      const axes = which === "one" ? [axis] : [1, 2];
      const x = { shape, values: clear(shape, axes, group, tau, vth) };
      // A surrogate is not the slope of the jump; nor is the slope of a spike, which is 0, what is learned from.
      const slopes = options.surrogate === "none" || options.group === -1;
      if (which === "one") {
        return {
          op: (inputs) => lif(f32(inputs, "x"), f32(inputs, "tau"), f32(inputs, "vth"), { ...options, axis }),
          given: { x, tau: scalar(tau), vth: scalar(vth) },
          differentiable: ["x", "tau", "vth"],
          slopes,
        };
      }
      const names = ["tauH", "vthH", "tauW", "vthW"] as const;
      return {
        op: (inputs) => {
          const [tauH, vthH, tauW, vthW] = names.map((name) => f32(inputs, name));
          if (!tauH || !vthH || !tauW || !vthW) throw new Error("internal: four scalars");
          return lifPair(f32(inputs, "x"), { tauH, vthH, tauW, vthW }, { ...options, group });
        },
        given: { x, tauH: scalar(tau), vthH: scalar(vth), tauW: scalar(tau), vthW: scalar(vth) },
        differentiable: ["x", ...names],
        slopes,
      };
    },
    20,
  );
