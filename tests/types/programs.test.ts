import { checkGrad, grad, valueAndGrad } from "@snnmlp/autograd";
import { add, compile, mul, openOracle, type Program, scope, sum, type Tensor, tensor } from "@snnmlp/tensor";
import { type ModelName, models, SNNMLP, type SnnmlpConfig } from "snnmlp";
import { expect, expectTypeOf, test } from "vitest";
import { of, ofType } from "../support/typed.js";

const device = openOracle();
type Pair = Tensor<readonly [2], "f32">;

test("tensors from values, and values from tensors", async () => {
  expectTypeOf(tensor(device, [1, 2], [2])).toEqualTypeOf<Pair>();
  expectTypeOf(tensor(device, [1, 2], [2], "i32").dtype).toEqualTypeOf<"i32">();
  expectTypeOf(await of(2).read()).toEqualTypeOf<Float32Array<ArrayBuffer>>();
  expectTypeOf(await ofType("i32", 2).read()).toEqualTypeOf<Int32Array<ArrayBuffer>>();
  expectTypeOf(await ofType("u32", 2).read()).toEqualTypeOf<Uint32Array<ArrayBuffer>>();
  // @ts-expect-error no such dtype
  expectTypeOf(() => tensor(device, [1], [1], "f64")).toBeFunction();
  // @ts-expect-error strings are no values
  expectTypeOf(() => tensor(device, ["1"], [1])).toBeFunction();
  // @ts-expect-error sizes are read-only
  expectTypeOf(() => of(2).shape.push(3)).toBeFunction();
});

test("a tensor fits where its sizes are not asked for, and not where others are", () => {
  expectTypeOf(of(2)).toExtend<Tensor>();
  expectTypeOf(of(2)).toExtend<Tensor<readonly number[], "f32">>();
  expectTypeOf(of(2)).not.toExtend<Tensor<readonly [3], "f32">>();
  expectTypeOf(of(2)).not.toExtend<Tensor<readonly [2], "i32">>();
  expectTypeOf<Tensor<readonly number[], "f32">>().not.toExtend<Pair>();
});

test("scopes and programs keep types", async () => {
  using s = scope(device);
  expectTypeOf(s.keep(of(2))).toEqualTypeOf<Pair>();
  const [x, w] = [tensor(device, [1, 2], [2]), tensor(device, [3, 4], [2])];
  const program = await compile(device, { x }, ({ x }) => ({ y: mul(x, w), total: sum(x) }));
  expectTypeOf(program).toExtend<Program<{ x: Pair }, { y: Pair; total: Tensor<readonly [], "f32"> }>>();
  expectTypeOf(program.run({ x: [5, 6] }).y).toEqualTypeOf<Pair>();
  // @ts-expect-error no such input
  expect(() => program.run({ z: [5, 6] })).toThrow("the program has no input z");
  // @ts-expect-error no such output
  expect(program.outputs.z).toBeUndefined();
  // @ts-expect-error a promise is no tensor
  await expect(compile(device, { x }, async () => mul(x, w))).rejects.toThrow("async");
  program.dispose();
});

test("a gradient has the type of what it is the gradient of", () => {
  using _all = scope(device);
  const parameters = { w: of(2), deep: [of(3), { b: of(1) }] } as const;
  const f = (p: typeof parameters, times: number) => sum(mul(mul(p.w, p.deep[1].b), times));
  expectTypeOf(grad(f)(parameters, 2)).toEqualTypeOf<typeof parameters>();
  expectTypeOf(valueAndGrad(f)(parameters, 2).gradient.deep[0]).toEqualTypeOf<Tensor<readonly [3], "f32">>();
  // @ts-expect-error an argument is missing
  expectTypeOf(() => grad(f)(parameters)).toBeFunction();
  // @ts-expect-error the loss must be a tensor
  expectTypeOf(() => grad((x: Pair) => x.size)(of(2))).toBeFunction();
  // @ts-expect-error numbers have no gradient
  expectTypeOf(() => grad((x: number) => add(of(2), x))(3)).toBeFunction();
  // @ts-expect-error the option is `step`
  expectTypeOf(() => checkGrad((x: Pair) => sum(x), of(2), { epsilon: 1e-3 })).toBeFunction();
});

test("configs", () => {
  expectTypeOf(models.nano).toExtend<SnnmlpConfig>();
  expectTypeOf<"nano">().toExtend<ModelName>();
  expectTypeOf<"huge">().not.toExtend<ModelName>();
  const config = { imageSize: 8, patchSize: 2, inChannels: 1, numClasses: 2, embedDim: 4, depths: [1] };
  expectTypeOf(new SNNMLP(device, config).forward).returns.toExtend<Tensor<readonly number[], "f32">>();
  // @ts-expect-error no such field
  expect(() => new SNNMLP(device, { ...config, embedDims: 4 })).toThrow('"embedDims"');
  // @ts-expect-error embedDim is missing
  expect(() => new SNNMLP(device, { imageSize: 8, depths: [1] })).toThrow("embedDim");
});
