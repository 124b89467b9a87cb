import {
  add,
  compile,
  DeviceError,
  exp,
  finite,
  LimitError,
  lif,
  matmul,
  min,
  randomKey,
  randomUniform,
  relu,
  reshape,
  type Shape,
  ShapeError,
  scope,
  sum,
  type Tensor,
  TensorError,
  tensor,
  UseAfterFreeError,
} from "@snnmlp/tensor";
import { describe, expect, test } from "vitest";
import { testDevices } from "../support/check-op.js";

const { oracle, naive, tuned } = await testDevices();
type Floats = Tensor<Shape, "f32">;

describe.each([oracle, naive, tuned])("on $capabilities.name", (device) => {
  const ones = (...shape: number[]): Floats =>
    tensor(device, new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1), shape);

  test("shapes that do not fit name the op, both shapes and a way out", () => {
    using _all = scope(device);
    expect(() => matmul(ones(64, 96), ones(10, 96))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: matmul: inner dims differ (96 vs 10), a [64, 96] x b [10, 96]; did you mean { transposeB: true }?]`,
    );
    expect(() => matmul(ones(96, 64), ones(96, 10))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: matmul: inner dims differ (64 vs 96), a [96, 64] x b [96, 10]; did you mean { transposeA: true }?]`,
    );
    expect(() => matmul(ones(2, 3), ones(4, 5))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: matmul: inner dims differ (3 vs 4), a [2, 3] x b [4, 5]]`,
    );
    expect(() => matmul(ones(3), ones(3, 2))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: matmul: needs tensors of rank 2 or more, got a [3] x b [3, 2]; reshape() a vector to [1, K] or [K, 1]]`,
    );
    expect(() => matmul(ones(2, 3, 4), ones(5, 4, 3))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: matmul: batch axes differ, a [2, 3, 4] x b [5, 4, 3]; broadcast one of them first]`,
    );
    expect(() => add(ones(2, 3), ones(4))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: add: shapes [2, 3] and [4] do not broadcast: axis -1 is 3 vs 4; sizes must be equal or 1, reshape() one of them]`,
    );
    expect(() => reshape(ones(2, 3), [4, 2])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: reshape: cannot view [2, 3] (6 values) as [4, 2]]`,
    );
    expect(() => reshape(ones(2, 3), [-1, 4])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: reshape: cannot view [2, 3] (6 values) as [-1, 4]]`,
    );
    expect(() => sum(ones(2), { axes: [1.5] })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: sum: axis 1.5 is out of range for shape [2]]`,
    );
    expect(() => ones(0)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: tensor: shape [0] has a size that is not a positive integer; empty tensors do not exist]`,
    );
    expect(() => tensor(device, [1, 2, 3], [2])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: tensor: shape [2] needs 2 values, got 3]`,
    );
    expect(() => randomUniform(randomKey(device, 1), [2 ** 16, 2 ** 15])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: randomUniform: shape [65536, 32768] has 2^31 elements or more; split it]`,
    );
    expect(() => ones(2).item()).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: item: needs a tensor with one element, got [2]]`,
    );
    expect(() => ones(2).write([1])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: write: [2] holds 2 values, got 1]`,
    );
  });

  test("dtypes that do not fit say what would, and cast()", () => {
    using _all = scope(device);
    const whole = tensor(device, [1, 2], [2], "i32") as Tensor;
    expect(() => relu(whole as Floats)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: relu: x must be f32 or f16, got i32; convert it with cast()]`,
    );
    expect(() => add(ones(2), whole as Floats)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: add: a is f32 but b is i32; convert one of them with cast()]`,
    );
    expect(() => matmul(ones(2, 2), reshape(whole, [2, 1]) as Floats)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: matmul: b must be f32, got i32; convert it with cast()]`,
    );
  });

  test("errors carry what they say as fields, and a class each", () => {
    using _all = scope(device);
    const caught = (call: () => unknown): unknown => {
      try {
        return call();
      } catch (cause) {
        return cause;
      }
    };
    const shape = caught(() => add(ones(2), ones(3)));
    expect(shape).toBeInstanceOf(ShapeError);
    expect(shape).toBeInstanceOf(TensorError);
    expect(shape).toMatchObject({ name: "ShapeError", op: "add" });
    const gone = exp(ones(2, 3));
    gone.dispose();
    expect(caught(() => add(gone, 1))).toBeInstanceOf(UseAfterFreeError);
    expect(caught(() => add(gone, 1))).toMatchObject({ op: "exp", shape: [2, 3] });
  });

  test("use after free names the op that made the tensor", async () => {
    using _all = scope(device);
    const y = exp(ones(2, 3));
    y.dispose();
    y.dispose();
    expect(y.disposed).toBe(true);
    expect(() => add(y, 1)).toThrowErrorMatchingInlineSnapshot(
      `[UseAfterFreeError: tensor [2, 3] made by exp was freed before this use; keep it with scope.keep(tensor), or make it outside the scope]`,
    );
    await expect(y.read()).rejects.toThrow("tensor [2, 3] made by exp was freed");
    expect(() => y.write([1, 2, 3, 4, 5, 6])).toThrow("tensor [2, 3] made by exp was freed");
    await expect(compile(device, {}, () => add(y, 1))).rejects.toThrow("tensor [2, 3] made by exp was freed");
    let left: Tensor;
    {
      using _inner = scope(device);
      left = ones(1);
    }
    expect(() => sum(left)).toThrow("tensor [1] made by tensor was freed before this use");
  });

  test("a view outlives what it is a view of", async () => {
    using _all = scope(device);
    const x = ones(2, 3);
    const view = reshape(x, [6]);
    x.dispose();
    expect([...(await view.read())]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test("scopes end in the reverse order", () => {
    const outer = scope(device);
    const inner = scope(device);
    expect(() => outer.end()).toThrowErrorMatchingInlineSnapshot(
      `[DeviceError: scopes must end in the reverse order of their opening]`,
    );
    inner.end();
    outer.end();
  });

  test("NaN does not pass a LIF unseen: finite() finds it before", async () => {
    using _all = scope(device);
    const x = tensor(device, [0.5, Number.NaN, 0.5, Number.POSITIVE_INFINITY], [4]);
    const [tau, vth] = [tensor(device, [0.25], [1]), tensor(device, [0.1], [1])];
    const y = await lif(x, tau, vth, { axis: 0, group: 4 }).read();
    expect(Number.isNaN(y[1])).toBe(false);
    expect([...(await finite(x).read())]).toEqual([1, 0, 1, 0]);
    expect(await min(finite(x)).item()).toBe(0);
    expect(await min(finite(tensor(device, [1, 2], [2]))).item()).toBe(1);
  });
});

test("tensors of two devices do not meet", () => {
  using a = tensor(oracle, [1, 2], [2]);
  using b = tensor(tuned, [1, 2], [2]);
  expect(() => add(a, b)).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: add: its tensors are on different devices; read() one and make it again on the other device]`,
  );
  using m = tensor(tuned, [1], [1, 1]);
  using n = tensor(naive, [1], [1, 1]);
  expect(() => matmul(m, n)).toThrow("matmul: its tensors are on different devices");
});

describe("a tensor above the adapter's largest binding", () => {
  const most = tuned.capabilities.maxBindingBytes;
  const elements = most / 4 + 256;

  test.skipIf(elements >= 2 ** 31)("is a LimitError before the driver sees it", async () => {
    using _all = scope(tuned);
    const { liveBytes, liveBuffers } = tuned.stats;
    const key = randomKey(tuned, 1);
    const failure = () => randomUniform(key, [elements]);
    expect(failure).toThrow(LimitError);
    expect(failure).toThrow(
      `randomUniform: needs ${(4 * elements).toLocaleString("en")} but the adapter's largest binding in bytes ` +
        `(maxStorageBufferBindingSize) is ${most.toLocaleString("en")}; use a smaller batch, or split the tensor`,
    );
    await expect(compile(tuned, { key }, failure)).rejects.toThrow(LimitError);
    // The driver saw nothing: the device works on.
    expect(await add(tensor(tuned, [1], [1]), 1).item()).toBe(2);
    key.dispose();
    expect(tuned.stats.liveBuffers).toBe(liveBuffers + 2);
    expect(tuned.stats.liveBytes).toBeLessThan(liveBytes + 4096);
  });
});

test("f16 where the adapter has none", async () => {
  const { backend, stats } = tuned;
  const without = new Proxy(backend, {
    get: (target, key) => {
      if (key === "capabilities") return { ...target.capabilities, f16: false, name: "an old GPU" };
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const { Device } = await import("@snnmlp/tensor");
  const old = new Device(without, stats);
  expect(() => tensor(old, [1], [1], "f16")).toThrow(DeviceError);
  expect(() => tensor(old, [1], [1], "f16")).toThrow("tensor: an old GPU has no shader-f16; use f32");
});
