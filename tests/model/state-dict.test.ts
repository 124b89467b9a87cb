import { randomKey, randomUniform, reshape, scope, tensor } from "@snnmlp/tensor";
import { SNNMLP, type StateDict } from "snnmlp";
import { describe, expect, test } from "vitest";
import { noise } from "../kernels/run-launch.js";
import { testDevices } from "../support/check-op.js";
import { modelFixture } from "../support/model-answers.js";

const fixture = await modelFixture("snnmlp-2stage");
const { oracle } = await testDevices();

/** The fixture's state dict with one entry changed, added or (`undefined`) taken away. */
function changed(name: string, entry?: { shape: readonly number[]; data: Float32Array<ArrayBuffer> }): StateDict {
  const state = new Map(fixture.parameters);
  if (entry) state.set(name, entry);
  else state.delete(name);
  return state;
}

describe.each(["oracle", "naive", "tuned"] as const)("on %s", async (which) => {
  const device = (await testDevices())[which];

  test("a state dict comes out as it went in: names, order, shapes and every bit", async () => {
    const model = new SNNMLP(device, fixture.config, { seed: 3 });
    const before = await model.stateDict();
    expect([...before.keys()]).toEqual([...fixture.parameters.keys()]);
    expect(before.get("head.weight")?.data).not.toEqual(fixture.parameters.get("head.weight")?.data);
    model.loadStateDict(fixture.parameters);
    expect(await model.stateDict()).toEqual(fixture.parameters);
    model.dispose();
  });

  test("dispose frees every parameter", () => {
    const before = { ...device.stats };
    new SNNMLP(device, fixture.config).dispose();
    expect(device.stats.liveTensors).toBe(before.liveTensors);
    expect(device.stats.liveBytes).toBe(before.liveBytes);
    expect(device.stats.liveBuffers).toBe(before.liveBuffers);
  });
});

describe("a state dict that does not fit", () => {
  const model = new SNNMLP(oracle, fixture.config);
  const zeros = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });

  test("a missing name", () => {
    expect(() =>
      model.loadStateDict(changed("layers.1.blocks.0.lif_module.lif1.tau")),
    ).toThrowErrorMatchingInlineSnapshot(
      `[StateDictError: the state dict has no layers.1.blocks.0.lif_module.lif1.tau [1]]`,
    );
  });

  test("a name too many", () => {
    expect(() =>
      model.loadStateDict(changed("layers.2.blocks.0.norm1.weight", zeros(16))),
    ).toThrowErrorMatchingInlineSnapshot(
      `[StateDictError: the state dict has layers.2.blocks.0.norm1.weight, which this model does not have]`,
    );
  });

  test("another shape", () => {
    expect(() => model.loadStateDict(changed("head.weight", zeros(10, 32)))).toThrowErrorMatchingInlineSnapshot(
      `[StateDictError: head.weight is [10, 32] in the state dict, but this model has [7, 32]; is it a checkpoint of another model?]`,
    );
    expect(() =>
      model.loadStateDict(changed("patch_embed.proj.weight", zeros(16, 3, 16))),
    ).toThrowErrorMatchingInlineSnapshot(
      `[StateDictError: patch_embed.proj.weight is [16, 3, 16] in the state dict, but this model has [16, 3, 4, 4]; is it a checkpoint of another model?]`,
    );
  });

  test("leaves the model as it was", async () => {
    const before = await model.stateDict();
    // The wrong entry is the last one; none of those before it may have been copied.
    expect(() => model.loadStateDict(changed("head.bias"))).toThrow("head.bias");
    expect(await model.stateDict()).toEqual(before);
  });
});

test("images of another size or layout are refused", () => {
  using _all = scope(oracle);
  const model = new SNNMLP(oracle, fixture.config);
  const images = randomUniform(randomKey(oracle, 1), [2, 3, 56, 56]);
  expect(() => model.forward(images)).toThrowErrorMatchingInlineSnapshot(
    `[StateDictError: forward takes images [B, 56, 56, 3] (channels last), got [2, 3, 56, 56]]`,
  );
  expect(() => model.forward(reshape(images, [2, 56, 56 * 3]))).toThrowErrorMatchingInlineSnapshot(
    `[StateDictError: forward takes images [B, 56, 56, 3] (channels last), got [2, 56, 168]]`,
  );
  expect(() => model.forward(tensor(oracle, noise(28 * 28 * 3), [1, 28, 28, 3]))).toThrowErrorMatchingInlineSnapshot(
    `[StateDictError: forward takes images [B, 56, 56, 3] (channels last), got [1, 28, 28, 3]]`,
  );
});
