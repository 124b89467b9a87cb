/// <reference types="@webgpu/types" preserve="true" />
/// <reference lib="esnext.disposable" preserve="true" />

export type { Access, EraseMode } from "@snnmlp/kernels-wgsl";
export type { Backend, Binding, Buffer, Capabilities, Replay, Stats, Step } from "./backend.js";
export { type Ceilings, measureCeilings } from "./ceilings.js";
export { Device } from "./device.js";
export type { ArrayOf, DType, Values } from "./dtype.js";
export * from "./errors.js";
export { type AdapterRequest, type FoundAdapter, findAdapter } from "./gpu/adapter.js";
export * from "./gpu/adapter-errors.js";
export { type AdapterDetails, type AdapterSummary, listAdapters } from "./gpu/diagnose.js";
export type { Precision } from "./gpu/mixed-precision.js";
export type { Clock, DispatchTiming } from "./gpu/profile.js";
export { derive, deriveAll, type Gradients, type Tape, type TapeEntry, type Vjp, type Wants } from "./op.js";
export { type DeviceOptions, openDevice, openOracle } from "./open-device.js";
export {
  type AdamWState,
  adamw,
  clipScale,
  hyperparameters,
  noClip,
  type SgdState,
  sgd,
  sumOfSquares,
} from "./ops/adamw.js";
export { add, div, maximum, minimum, mul, pow, sub } from "./ops/arithmetic.js";
export type { BinaryOp } from "./ops/binary.js";
export { blend } from "./ops/blend.js";
export { type BroadcastShape, type Broadcasts, broadcastTo } from "./ops/broadcast.js";
export { cast } from "./ops/cast.js";
export {
  type Comparison,
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  notEqual,
} from "./ops/compare.js";
export { concat } from "./ops/concat.js";
export { full, ones, tensor, zeros } from "./ops/create.js";
export { type CrossEntropyOptions, type CrossEntropyShape, crossEntropy } from "./ops/cross-entropy.js";
export { type CumsumOptions, cumsum } from "./ops/cumsum.js";
export { depthwise } from "./ops/depthwise.js";
export { addDropPath, type DropPathOptions, dropPath } from "./ops/drop-path.js";
export {
  abs,
  ceil,
  clip,
  cos,
  exp,
  finite,
  floor,
  gelu,
  log,
  neg,
  reciprocal,
  relu,
  round,
  rsqrt,
  sigmoid,
  sign,
  silu,
  sin,
  sqrt,
  square,
  tanh,
  type UnaryOp,
} from "./ops/elementwise.js";
export { type GatherShape, gather, type OneHotOptions, oneHot } from "./ops/gather.js";
export { type LifOptions, type LifOutput, lif, type Surrogate } from "./ops/lif.js";
export { type LifPairScalars, lifPair } from "./ops/lif-pair.js";
export { type LinearOptions, type LinearShape, linear } from "./ops/linear.js";
export { type MatmulOptions, type MatmulShape, matmul } from "./ops/matmul.js";
export { type LabelMixing, mixedCrossEntropy } from "./ops/mixed-cross-entropy.js";
export { type MlpShape, mlp } from "./ops/mlp.js";
export { groupNorm, layerNorm, type NormOptions } from "./ops/norm.js";
export { type Padding, pad } from "./ops/pad.js";
export { type PermutedShape, permute, type TransposedShape, transpose } from "./ops/permute.js";
export { type ImageAugmentation, type ImageShape, type PrepareOptions, prepareImages } from "./ops/prepare-images.js";
export {
  type RandomKey,
  randomBernoulli,
  randomIntegers,
  randomKey,
  randomNormal,
  randomUniform,
  type Stream,
} from "./ops/random.js";
export { argmax, argmin, max, mean, min, type ReducedShape, type ReduceOptions, sum } from "./ops/reduce.js";
export { reshape } from "./ops/reshape.js";
export { flip, type Range, type SliceShape, slice } from "./ops/slice.js";
export { logSoftmax, softmax } from "./ops/softmax.js";
export { where } from "./ops/where.js";
export { packBytes } from "./pack-bytes.js";
export { type Profiled, profile } from "./profile.js";
export type { MemoryPlan } from "./program/plan.js";
export { compile, type Outputs, Program } from "./program/program.js";
export { type Scope, scope } from "./scope.js";
export type { Shape } from "./shape.js";
export { makeSlab, type Slab } from "./slab.js";
export { Tensor } from "./tensor.js";
export {
  parseTuning,
  readUserTuning,
  resetUserTuning,
  type TunedAdapter,
  userTuningPath,
  writeUserTuning,
} from "./tune/file.js";
export { type TuningInForce, type TuningSource, type TuningsInForce, tuningInForce } from "./tune/in-force.js";
export { type TuneOptions, tune } from "./tune/tune.js";
