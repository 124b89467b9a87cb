import { add, compile, matmul, mul, reshape, type Shape, scope, sum, type Tensor, tensor } from "@snnmlp/tensor";
import { describe, expect, test } from "vitest";
import { testDevices } from "../support/check-op.js";

const { oracle, tuned } = await testDevices();

describe.each([oracle, tuned])("on $capabilities.name", (device) => {
  /** The error of compiling `fn`; afterwards the device must work as before and have lost nothing. */
  async function failure(fn: (x: Tensor<readonly [2], "f32">) => unknown): Promise<string> {
    const before = { ...device.stats };
    using _all = scope(device);
    const x = tensor(device, [1, 2], [2]);
    const error: unknown = await compile(device, { x }, () => fn(x) as Tensor).catch((cause: unknown) => cause);
    if (!(error instanceof Error)) throw new Error("it compiled");
    expect(device.recorder).toBeUndefined();
    expect([...(await add(x, 1).read())]).toEqual([2, 3]);
    x.dispose();
    expect(device.stats.liveTensors - 1).toBe(before.liveTensors);
    return `${error.name}: ${error.message}`;
  }

  test("a read inside a traced function", async () => {
    expect(await failure((x) => add(x, 1).read())).toMatchInlineSnapshot(
      `"TraceError: a traced function cannot read Tensor f32 [2] from add: values are not known while tracing; return the tensor and read it after run()"`,
    );
    expect(await failure((x) => sum(x).item())).toMatchInlineSnapshot(
      `"TraceError: a traced function cannot read Tensor f32 [] from sum: values are not known while tracing; return the tensor and read it after run()"`,
    );
  });

  test("a write inside a traced function", async () => {
    expect(
      await failure((x) => {
        x.write([3, 4]);
        return x;
      }),
    ).toMatchInlineSnapshot(
      `"TraceError: a traced function cannot write Tensor f32 [2] from tensor: values are not known while tracing; return the tensor and write it after run()"`,
    );
  });

  test("an async function", async () => {
    expect(await failure(async (x) => add(x, await sum(x).item()))).toMatchInlineSnapshot(
      `"TraceError: compile: the function is async; a traced function cannot wait, return tensors and read them after run()"`,
    );
  });

  test("a Program inside a Program", async () => {
    let inner: Promise<unknown> | undefined;
    const nested = (x: Tensor<readonly [2], "f32">) => {
      inner = compile(device, { x }, () => add(x, 1)).catch((cause: Error) => cause.message);
      return add(x, 1);
    };
    using x = tensor(device, [1, 2], [2]);
    const program = await compile(device, { x }, () => nested(x));
    expect(await inner).toMatchInlineSnapshot(`"compile: a traced function cannot compile another; compile it before"`);
    expect([...(await program.run().read())]).toEqual([2, 3]);
    program.dispose();
  });

  test("shapes that do not fit are told while tracing", async () => {
    expect(
      await failure((x) => matmul(reshape(x, [1, 2]) as Tensor<Shape, "f32">, reshape(x, [1, 2]))),
    ).toMatchInlineSnapshot(
      `"ShapeError: matmul: inner dims differ (2 vs 1), a [1, 2] x b [1, 2]; did you mean { transposeB: true }?"`,
    );
  });

  test("something else than tensors", async () => {
    expect(await failure(() => ({ y: 3 }))).toMatchInlineSnapshot(
      `"TraceError: compile: output y is not a tensor; got number"`,
    );
    expect(await failure(() => undefined)).toMatchInlineSnapshot(
      `"TraceError: compile: the function returns undefined; return a tensor, or tensors by name"`,
    );
  });

  test("a result that is an input stays the caller's", async () => {
    using x = tensor(device, [1, 2], [2]);
    const program = await compile(device, { x }, () => ({ x, view: reshape(x, [1, 2]) }));
    expect([...(await program.run({ x: [3, 4] }).view.read())]).toEqual([3, 4]);
    program.dispose();
    expect([...(await x.read())]).toEqual([3, 4]);
    expect(program.outputs.view.disposed).toBe(true);
  });

  test("what is not returned has no values outside", async () => {
    using _all = scope(device);
    const x = tensor(device, [1, 2], [2]);
    let inside: Tensor | undefined;
    const program = await compile(device, { x }, () => {
      inside = mul(x, 2);
      return add(inside as typeof x, 1);
    });
    expect(() => inside && sum(inside)).toThrowErrorMatchingInlineSnapshot(
      `[UseAfterFreeError: tensor [2] made by mul was freed before this use; keep it with scope.keep(tensor), or make it outside the scope]`,
    );
    program.dispose();
  });

  test("inputs of another name or size", async () => {
    using _all = scope(device);
    const x = tensor(device, [1, 2], [2]);
    const y = tensor(device, [1, 2], [2]);
    const program = await compile(device, { x, y }, () => add(x, y));
    const run = program.run.bind(program) as (values: Record<string, readonly number[]>) => Tensor;
    expect(() => run({ z: [1, 2] })).toThrowErrorMatchingInlineSnapshot(
      `[TraceError: run: the program has no input z; it has x, y]`,
    );
    expect(() => run({ x: [1, 2, 3] })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: write: [2] holds 2 values, got 3]`,
    );
    expect([...(await run({ x: [5, 6] }).read())]).toEqual([6, 8]);
    program.dispose();
  });

  test("a Program that was disposed", async () => {
    using _all = scope(device);
    const x = tensor(device, [1, 2], [2]);
    const program = await compile(device, { x }, () => add(x, 1));
    program.dispose();
    program.dispose();
    expect(() => program.run()).toThrowErrorMatchingInlineSnapshot(
      `[TraceError: run: this program was disposed; compile it again]`,
    );
    await expect(program.outputs.read()).rejects.toThrow("tensor [2] made by add was freed before this use");
  });
});

test("a tensor of another device is refused, as capture and as input", async () => {
  using theirs = tensor(oracle, [1, 2], [2]);
  using mine = tensor(tuned, [1, 2], [2]);
  await expect(compile(tuned, { mine }, () => add(mine, theirs))).rejects.toThrow(
    "add: its tensors are on different devices",
  );
  await expect(compile(tuned, { theirs }, () => add(theirs, theirs))).rejects.toThrow(
    "compile: input theirs [2] is on float64 oracle, the program on ",
  );
  await expect(compile(tuned, { mine }, () => theirs)).rejects.toThrow(
    "compile: output [2] is on float64 oracle, the program on ",
  );
  await expect(compile(tuned, { mine }, () => theirs)).rejects.toThrow("; read() it and make it again there");
});
