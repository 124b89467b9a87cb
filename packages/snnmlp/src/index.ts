export type { SafetensorsDType, TensorData } from "./checkpoint/dtype.js";
export { readSafetensors, type Safetensors, type StoredTensor } from "./checkpoint/read-safetensors.js";
export { SafetensorsError } from "./checkpoint/safetensors-error.js";
export { type TensorToStore, writeSafetensors } from "./checkpoint/write-safetensors.js";
export {
  ConfigError,
  parseConfig,
  type SnnmlpConfig,
  type SnnmlpConfigInput,
  type Stage,
  type Surrogate,
  stagesOf,
  surrogates,
} from "./config.js";
export { authorsMacs, type ExactMacs, exactMacs, parameterCount, published } from "./count.js";
export {
  isModelName,
  type ModelName,
  modelNames,
  models,
  snnmlpBase,
  snnmlpNano,
  snnmlpPico,
  snnmlpSmall,
  snnmlpTiny,
} from "./models.js";
export { type ParameterShape, parameterShapes } from "./parameters.js";
