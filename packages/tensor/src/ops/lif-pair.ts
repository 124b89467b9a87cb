import {
  type LifDims,
  type LifGradient,
  type LifPairDims,
  lifBackwardChain,
  lifPairBackwardChain,
  lifPairForwardLaunch,
  longestPair,
} from "@snnmlp/kernels-wgsl";
import { ShapeError } from "../errors.js";
import { deriveAll, type Gradients, launchChain } from "../op.js";
import { type Shape, show } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkLif, type LifOptions, lif } from "./lif.js";

/** The learned scalars of the LIF along H and of the one along W, each [1]. */
export interface LifPairScalars {
  readonly tauH: Tensor<Shape, "f32">;
  readonly vthH: Tensor<Shape, "f32">;
  readonly tauW: Tensor<Shape, "f32">;
  readonly vthW: Tensor<Shape, "f32">;
}

/**
 * `lif` along H and `lif` along W of the same activations, reading them once forward and, on a GPU, once backward.
 *
 * @param x [B, H, W, C]
 * @returns the results along H and along W, both [B, H, W, C]
 * @throws ShapeError when x is not of rank 4, and as `lif` does
 */
export function lifPair<const S extends Shape>(
  x: Tensor<S, "f32">,
  scalars: LifPairScalars,
  options: Omit<LifOptions, "axis">,
): readonly [alongH: Tensor<S, "f32">, alongW: Tensor<S, "f32">] {
  const op = "lifPair";
  const { tauH, vthH, tauW, vthW } = scalars;
  const [B, H, W, C] = x.shape;
  if (x.rank !== 4 || B === undefined || H === undefined || W === undefined || C === undefined) {
    throw new ShapeError(op, `x must be [B, H, W, C], got ${show(x.shape)}`);
  }
  const gradient = checkLif(op, { x, tauH, vthH, tauW, vthW }, options);
  const { group } = options;
  if (group < 1 || group > longestPair) {
    return [lif(x, tauH, vthH, { ...options, axis: 1 }), lif(x, tauW, vthW, { ...options, axis: 2 })];
  }
  const { device } = x;
  const dims: LifPairDims = { B, H, W, C, group };
  const yH = device.empty(op, x.shape, "f32");
  const yW = device.empty(op, x.shape, "f32");
  const forward = lifPairForwardLaunch(dims, gradient.output, device.profile);
  device.launch(op, forward, [x, tauH, vthH, tauW, vthW, yH, yW]);

  deriveAll(op, { x, tauH, vthH, tauW, vthW }, [yH, yW], ([dyH, dyW], wants) => {
    const found = backward(dims, gradient, { x, ...scalars }, dyH, dyW);
    return {
      x: wants.x && (found.x ?? false),
      tauH: wants.tauH && (found.tauH ?? false),
      vthH: wants.vthH && (found.vthH ?? false),
      tauW: wants.tauW && (found.tauW ?? false),
      vthW: wants.vthW && (found.vthW ?? false),
    };
  });
  return [yH, yW];
}

type Inputs = LifPairScalars & { readonly x: Tensor };

/** Both gradients at once; when only one of the results was used, that of its LIF alone. */
function backward(
  dims: LifPairDims,
  gradient: LifGradient,
  { x, tauH, vthH, tauW, vthW }: Inputs,
  dyH: Tensor | undefined,
  dyW: Tensor | undefined,
): Gradients<keyof Inputs> {
  const op = "lifPair";
  const { device } = x;
  const { B, H, W, C, group } = dims;
  const dx = device.empty(op, x.shape, "f32");
  const like = (scalar: Tensor) => device.empty(op, scalar.shape, "f32");
  const single = (along: LifDims, tau: Tensor, vth: Tensor, dy: Tensor, dtau: Tensor, dvth: Tensor) =>
    launchChain(op, lifBackwardChain(along, gradient, device.profile), device, [x, tau, vth, dy, dx, dtau, dvth]);
  if (dyH && dyW) {
    const [dtauH, dvthH, dtauW, dvthW] = [like(tauH), like(vthH), like(tauW), like(vthW)];
    const chain = lifPairBackwardChain(dims, gradient, device.profile);
    const learned = [dtauH, dvthH, dtauW, dvthW];
    launchChain(op, chain, device, [x, tauH, vthH, tauW, vthW, dyH, dyW, dx, ...learned]);
    return { x: dx, tauH: dtauH, vthH: dvthH, tauW: dtauW, vthW: dvthW };
  }
  if (dyH) {
    const [dtau, dvth] = [like(tauH), like(vthH)];
    single({ outer: B, N: H, inner: W * C, group }, tauH, vthH, dyH, dtau, dvth);
    return { x: dx, tauH: dtau, vthH: dvth };
  }
  if (dyW) {
    const [dtau, dvth] = [like(tauW), like(vthW)];
    single({ outer: B * H, N: W, inner: C, group }, tauW, vthW, dyW, dtau, dvth);
    return { x: dx, tauW: dtau, vthW: dvth };
  }
  return {};
}
