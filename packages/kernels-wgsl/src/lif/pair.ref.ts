import { at, type Reference } from "../launch.js";
import type { LifDims, LifGradient, LifOutput } from "./lif.js";
import { lifBackwardReference, lifForwardReference } from "./lif.ref.js";

/** Buffers: x, tauH, vthH, tauW, vthW, yH, yW. */
export function pairForwardReference(alongH: LifDims, alongW: LifDims, output: LifOutput): Reference {
  return (x, tauH, vthH, tauW, vthW, yH, yW) => {
    lifForwardReference(alongH, output)(x, tauH, vthH, yH);
    lifForwardReference(alongW, output)(x, tauW, vthW, yW);
  };
}

/** Buffers: x, scalars, dyH, dyW, dx, partials. The first four partials hold the sums, the others 0. */
export function pairBackwardReference(alongH: LifDims, alongW: LifDims, gradient: LifGradient): Reference {
  return (x, scalars, dyH, dyW, dx, partials) => {
    const [tauH, vthH, tauW, vthW] = [0, 1, 2, 3].map((i) => Float64Array.of(at(scalars, i)));
    partials.fill(0);
    if (!tauH || !vthH || !tauW || !vthW) return;
    lifBackwardReference(alongH, gradient, "write")(x, tauH, vthH, dyH, dx, partials.subarray(0, 2));
    lifBackwardReference(alongW, gradient, "add")(x, tauW, vthW, dyW, dx, partials.subarray(2, 4));
  };
}
