import { valueAndGrad } from "@snnmlp/autograd";
import { crossEntropy, type Device, type Shape, scope, type Tensor, tensor } from "@snnmlp/tensor";
import type { FloatTensor } from "../checkpoint/checkpoint.js";
import { toChannelsLast } from "../data/layout.js";
import { SNNMLP } from "../model/snnmlp.js";
import { toPyTorch } from "../model/weights.js";
import { type Comparison, compare } from "./compare.js";
import type { ModelFixture } from "./fixture.js";

/** Largest relative errors that pass, whatever PyTorch's own are. */
const tolerances = { logits: 1e-5, gradient: 1e-4 };
/** How many times PyTorch's own f32 error a result may be off, when the fixture tells that error. */
const timesPyTorch = 4;

/** Computes logits, loss and gradients and compares those the fixture has. */
export async function verifyModel(device: Device, fixture: ModelFixture): Promise<Comparison[]> {
  using _all = scope(device);
  const model = new SNNMLP(device, fixture.config);
  model.loadStateDict(fixture.parameters);
  const [B = 0, C = 0, H = 0, W = 0] = fixture.input.shape;
  const images = tensor(device, toChannelsLast(fixture.input.data, fixture.input.shape), [B, H, W, C]);
  const labels = tensor(device, fixture.labels, [B], "i32");
  const logits = model.forward(images);
  const lossOf = (parameters: SNNMLP["parameters"]): Tensor<Shape, "f32"> =>
    crossEntropy(model.forward(images, { parameters }), labels);

  const results: Comparison[] = [];
  const limit = (own: number, torch: number | undefined): number => Math.min(own, timesPyTorch * (torch ?? own));
  const forward = { tolerance: tolerances.logits, measure: "max" } as const;
  if (fixture.logits) {
    // PyTorch's error of the logits is told as the largest absolute one.
    const scale = fixture.logits.data.reduce((largest, logit) => Math.max(largest, Math.abs(logit)), 0);
    const torch = fixture.torchError.logits === undefined ? undefined : fixture.torchError.logits / scale;
    const limits = { ...forward, tolerance: limit(tolerances.logits, torch) };
    results.push(await compareWith("logits", fixture.logits, logits, limits));
  }
  if (fixture.gradients.size === 0) {
    if (fixture.loss) results.push(await compareWith("loss", fixture.loss, lossOf(model.parameters), forward));
    return results;
  }
  const { value, gradient } = valueAndGrad(lossOf)(model.parameters);
  if (fixture.loss) results.push(await compareWith("loss", fixture.loss, value, forward));
  const backward = { tolerance: limit(tolerances.gradient, fixture.torchError.grad), measure: "norm" } as const;
  for (const [name, expected] of fixture.gradients) {
    const computed = gradient[name];
    if (!computed) throw new Error(`internal: no gradient of ${name}`);
    const values = toPyTorch(name, expected.shape, await computed.read());
    results.push(compare(`grad.${name}`, expected.shape, values, expected.data, backward));
  }
  return results;
}

async function compareWith(
  name: string,
  expected: FloatTensor,
  computed: Tensor,
  limits: Parameters<typeof compare>[4],
): Promise<Comparison> {
  return compare(name, expected.shape, await computed.read(), expected.data, limits);
}
