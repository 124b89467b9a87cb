import { valueAndGrad } from "@snnmlp/autograd";
import { type Device, lif, mul, scope, sum, type Tensor, tensor } from "@snnmlp/tensor";
import type { FloatTensor } from "../checkpoint/checkpoint.js";
import { toChannelsFirst, toChannelsLast } from "../data/layout.js";
import { type Comparison, compare } from "./compare.js";
import type { LifCase } from "./lif-case.js";

const limits = { tolerance: 1e-6, measure: "norm" } as const;

/** Runs one LIF layer forward and backward and compares its output and its three gradients. */
export async function verifyLif(device: Device, { name, settings, ...answers }: LifCase): Promise<Comparison[]> {
  using _all = scope(device);
  const { axis, group, tau, vth, surrogate, alpha, output } = settings;
  const options = { axis: axis === "H" ? 1 : 2, group, surrogate, alpha, output };
  const parameters = {
    x: channelsLast(device, answers.x),
    tau: tensor(device, [tau], [1]),
    vth: tensor(device, [vth], [1]),
  };
  const dy = channelsLast(device, answers.dy);
  const y = lif(parameters.x, parameters.tau, parameters.vth, options);
  const { gradient } = valueAndGrad((p: typeof parameters) => sum(mul(lif(p.x, p.tau, p.vth, options), dy)))(
    parameters,
  );
  const image = async (tensorName: string, computed: Tensor, expected: FloatTensor): Promise<Comparison> => {
    const values = toChannelsFirst(await floats(computed), expected.shape);
    return compare(`${name}.${tensorName}`, expected.shape, values, expected.data, limits);
  };
  const scalar = async (tensorName: string, computed: Tensor, expected: FloatTensor): Promise<Comparison> =>
    compare(`${name}.${tensorName}`, expected.shape, await floats(computed), expected.data, limits);
  return [
    await image("y", y, answers.y),
    await image("dx", gradient.x, answers.dx),
    await scalar("dtau", gradient.tau, answers.dtau),
    await scalar("dvth", gradient.vth, answers.dvth),
  ];
}

const floats = async (computed: Tensor): Promise<Float32Array> => Float32Array.from(await computed.read());

/** A fixture's [B, C, H, W] as a tensor [B, H, W, C]. */
function channelsLast(device: Device, { shape, data }: FloatTensor): Tensor<readonly number[], "f32"> {
  const [B = 0, C = 0, H = 0, W = 0] = shape;
  return tensor(device, toChannelsLast(data, shape), [B, H, W, C]);
}
