import {
  type Device,
  type ImageAugmentation,
  packBytes,
  prepareImages,
  randomKey,
  scope,
  type Tensor,
  tensor,
} from "@snnmlp/tensor";
import { describe, expect, expectTypeOf, test } from "vitest";
import { expectClose } from "../kernels/run-launch.js";
import { testDevices } from "../support/check-op.js";
import { timm } from "../support/timm.js";
import { refuses } from "../support/typed.js";

const { mean, std } = timm;

/** A tensor of bytes. */
const upload = (device: Device, bytes: Uint8Array) => {
  const words = packBytes(bytes);
  return tensor(device, words, [words.length], "u32");
};

/** Rectangles and shares of a batch of B; nothing is erased or mixed unless given. */
function augmentation<const B extends number>(
  device: Device,
  B: B,
  given: { erase?: readonly number[]; cut?: readonly number[]; lambda?: number },
): ImageAugmentation<B> {
  const rectangles = (values: readonly number[] | undefined) =>
    tensor(device, values ?? new Int32Array(4 * B), [B, 4] as const, "i32");
  return {
    erase: rectangles(given.erase),
    cut: rectangles(given.cut),
    lambda: tensor(device, new Float32Array(B).fill(given.lambda ?? 1), [B] as const),
    key: randomKey(device, 5, 2),
    eraseMode: "const",
  };
}

describe("gives timm's values on every device", () => {
  const { shape, erase, mixup, cutmix } = timm;
  const everyImage = (box: readonly number[]) => Array.from({ length: 4 }, () => box).flat();
  const rectangles = erase.flat();
  test.each([
    ["normalised", undefined, timm.normalised],
    ["nothing to do", {}, timm.normalised],
    ["erased", { erase: rectangles }, timm.erased],
    ["mixup", { erase: rectangles, lambda: mixup.lambda }, mixup.images],
    // lambda is the label's share then, and does not touch the pixels
    ["cutmix", { erase: rectangles, cut: everyImage(cutmix.box), lambda: 0.5 }, cutmix.images],
  ] as const)("%s", async (name, given, expected) => {
    for (const [kind, device] of Object.entries(await testDevices())) {
      using _all = scope(device);
      const augment = given && augmentation(device, 4, given);
      const y = prepareImages(upload(device, Uint8Array.from(timm.bytes)), shape, { mean, std, augment });
      expect(y.shape).toEqual(shape);
      expectClose(await device.readExact(y), Float64Array.from(expected), "f32", `${kind}: ${name}`);
    }
  });
});

test("bytes whose count is no multiple of four, at an odd place in their buffer", async () => {
  const { oracle, tuned } = await testDevices();
  const bytes = Uint8Array.from({ length: 28 }, (_, i) => 9 * i).subarray(1);
  expect(packBytes(bytes)).toHaveLength(7);
  for (const device of [oracle, tuned]) {
    const augment = augmentation(device, 3, { lambda: 0.25 });
    const y = prepareImages(upload(device, bytes), [3, 3, 3, 1], { mean: [0.5], std: [0.5], augment });
    const value = (b: number, i: number) => ((bytes[9 * b + i] ?? 0) / 255 - 0.5) / 0.5;
    for (const [i, found] of (await y.read()).entries()) {
      const b = Math.floor(i / 9);
      expect(found).toBeCloseTo(0.25 * value(b, i % 9) + 0.75 * value(2 - b, i % 9), 5);
    }
  }
});

test("packing copies nothing where it need not", () => {
  const bytes = Uint8Array.from({ length: 12 }, (_, i) => i);
  expect(packBytes(bytes).buffer).toBe(bytes.buffer);
  expect([...packBytes(bytes.subarray(4))]).toEqual([0x07060504, 0x0b0a0908]);
  expect([...packBytes(bytes.subarray(3, 8))]).toEqual([0x06050403, 0x07]);
  expect(packBytes(new Uint8Array())).toHaveLength(0);
});

test("the same key draws the same noise on every device, another step other noise", async () => {
  const noise = async (device: Device, step: number) => {
    using _all = scope(device);
    const all = { ...augmentation(device, 2, { erase: [0, 0, 3, 4, 0, 0, 3, 4] }), key: randomKey(device, 9, step) };
    const bytes = upload(device, new Uint8Array(2 * 3 * 4 * 3));
    const y = prepareImages(bytes, [2, 3, 4, 3], { mean, std, augment: { ...all, eraseMode: "pixel", stream: 3 } });
    return device.readExact(y);
  };
  const { oracle, naive, tuned } = await testDevices();
  const first = await noise(oracle, 1);
  expectClose(await noise(naive, 1), first, "f32", "naive");
  expectClose(await noise(tuned, 1), first, "f32", "tuned");
  expect(await noise(tuned, 2)).not.toEqual(await noise(tuned, 1));
});

test("shapes are checked by the compiler and at run time", async () => {
  const { oracle } = await testDevices();
  const bytes = upload(oracle, new Uint8Array(2 * 4 * 4 * 3));
  const options = { mean, std };
  const y = prepareImages(bytes, [2, 4, 4, 3], options);
  expectTypeOf(y).toEqualTypeOf<Tensor<readonly [2, 4, 4, 3], "f32">>();
  expect(() => prepareImages(bytes, [2, 4, 5, 3], options)).toThrow(
    "prepareImages: images [2, 4, 5, 3] are 120 bytes in 30 words, got bytes [24]; make them with packBytes()",
  );
  expect(() => prepareImages(bytes, [2, 4, 4, 3], { mean: [0.5], std })).toThrow(
    "prepareImages: mean must be 3 numbers, one per channel, got [0.5]",
  );
  expect(() => prepareImages(bytes, [2, 4, 4, 3], { mean, std: [1, 0, 1] })).toThrow(
    "prepareImages: std must be 3 positive numbers, one per channel, got [1, 0, 1]",
  );
  const three = augmentation(oracle, 3, {});
  // @ts-expect-error three rectangles for two images
  expect(() => prepareImages(bytes, [2, 4, 4, 3], { ...options, augment: three })).toThrow(
    "prepareImages: erase must be [2, 4] for 2 images, got [3, 4]",
  );
  const floats = tensor(oracle, new Float32Array(24), [24]);
  // @ts-expect-error floats
  refuses(() => prepareImages(floats, [2, 4, 4, 3], options));
  // @ts-expect-error no channels
  refuses(() => prepareImages(bytes, [2, 4, 12], options));
  const two = augmentation(oracle, 2, {});
  // @ts-expect-error no such mode
  refuses(() => prepareImages(bytes, [2, 4, 4, 3], { ...options, augment: { ...two, eraseMode: "blur" } }));
  refuses(() => prepareImages(bytes, [2, 4, 4, 3], { ...options, augment: { ...two, stream: -1 } }));
});
