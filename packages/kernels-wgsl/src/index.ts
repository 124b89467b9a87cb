export { type AdamWHyper, adamwHyper, adamwLaunch } from "./adamw/adamw.js";
export { blendLaunch } from "./adamw/blend.js";
export { clipScaleLaunch } from "./adamw/clip-scale.js";
export { sgdLaunch } from "./adamw/sgd.js";
export { copyCeilingLaunch, multiplyAddCeilingLaunch } from "./ceilings/ceilings.js";
export { append, type Chain } from "./chain.js";
export { type CopyBox, copyLaunch } from "./copy/copy.js";
export { fillLaunch, iotaLaunch } from "./copy/fill.js";
export { type CumsumDims, cumsumLaunch } from "./cumsum/cumsum.js";
export {
  type DepthwiseDims,
  depthwiseDxLaunch,
  depthwiseForwardLaunch,
  depthwiseWeightsChain,
} from "./depthwise/depthwise.js";
export { binaryLaunch } from "./elementwise/binary.js";
export { type BinaryName, type BinaryRow, binaryRows } from "./elementwise/binary-rows.js";
export { broadcastShapes, broadcastStrides, vectorRead } from "./elementwise/broadcast.js";
export { type DTypes, dtypesOf, type ElementType, elementBytes } from "./elementwise/dtypes.js";
export { type Bounds, castLaunch, scalarLaunch, unaryGradLaunch, unaryLaunch } from "./elementwise/unary.js";
export { type UnaryGradient, type UnaryName, type UnaryRow, unaryRows } from "./elementwise/unary-rows.js";
export { whereLaunch } from "./elementwise/where.js";
export { type GatherDims, gatherLaunch, oneHotLaunch, scatterAddLaunch } from "./gather/gather.js";
export { geluFunctions } from "./gelu/gelu.js";
export { erf, gelu, geluGrad } from "./gelu/gelu.ref.js";
export * from "./launch.js";
export {
  type LifDims,
  type LifGradient,
  type LifOutput,
  lifBackwardChain,
  lifForwardLaunch,
  type Surrogate,
  surrogates,
} from "./lif/lif.js";
export { type LifPairDims, lifPairBackwardChain, lifPairForwardLaunch, longestPair } from "./lif/pair.js";
export { type EpilogueName, epilogues } from "./matmul/epilogues.js";
export { type MatmulDims, matmulChain, matmulLaunch, weightGradientChain } from "./matmul/matmul.js";
export { roundToHalf } from "./matmul/mixed.js";
export { chooseVariant, fits as variantFits, tuningKey } from "./matmul/variants.js";
export {
  type NormDims,
  type NormOptions,
  type NormWants,
  normBackwardChain,
  normForwardChain,
} from "./norm/norm.js";
export {
  type EraseMode,
  eraseModes,
  type ImageDims,
  imageStatistics,
  normaliseImagesLaunch,
  prepareImagesLaunch,
} from "./prepare/prepare.js";
export { type DropPathDims, dropPathLaunch } from "./random/drop-path.js";
export { philox, unit } from "./random/philox.ref.js";
export { type Distribution, philoxFunctions, randomLaunch } from "./random/random.js";
export { argmaxLaunch } from "./reduce/argmax.js";
export { type ReduceDims, type ReduceName, reduceChain } from "./reduce/reduce.js";
export {
  type CrossEntropy,
  crossEntropyLaunch,
  type RowDims,
  softmaxBackwardLaunch,
  softmaxLaunch,
} from "./softmax/softmax.js";
export { type Measurement, shippedTunings, type Tuning, type TuningEntry, tableOf } from "./tuning/measured.js";
export {
  type MatmulForm,
  type MatmulVariant,
  matmulForms,
  matmulVariants,
  type ShapeClass,
  shapeClass,
  shapeClasses,
  type TuningKey,
  type TuningTable,
  tuningKeys,
} from "./tuning/table.js";
