import { parseConfig, type SnnmlpConfig } from "../../config.js";
import { PytorchFileError } from "../../file-error.js";
import { models } from "../../models.js";
import { parameterShapes } from "../../parameters.js";
import { isNeuron, modelSettings } from "./settings.js";
import type { PickleValue } from "./values.js";

/** What a state dict's shapes cannot tell; given values win over what the file says. */
export interface Untold {
  readonly imageSize?: number;
  readonly lifGroup?: number;
}

/** A config, and what in it was taken for granted because nothing says so. */
export interface Inferred {
  readonly config: SnnmlpConfig;
  readonly assumed: readonly string[];
}

/** The largest depth believed; the deepest published model has 18 blocks in a stage. */
const mostBlocks = 1000;

type Shapes = ReadonlyMap<string, { readonly shape: readonly number[] }>;

/**
 * The model a state dict belongs to. Sizes come from its shapes; image size, LIF group and rates from the file's `config`
 * or `args`, else from the named model of these shapes, else they are ImageNet's 224 and the authors' 4, and said to be assumed.
 *
 * @throws PytorchFileError when the shapes are no SNN-MLP's, ConfigError when they fit no image size
 */
export function inferConfig(path: string, tensors: Shapes, settings: PickleValue | undefined, given: Untold): Inferred {
  const sizes = sizesOf(path, tensors);
  const named = Object.values(models).find((model) => sameShapes(model, tensors));
  const told = { ...modelSettings(settings), ...given };
  const assumed: string[] = [];
  if (!named && told.imageSize === undefined) assumed.push("image size 224 (convert --image-size N)");
  if (!named && told.lifGroup === undefined) assumed.push("LIF group 4 (convert --lif N)");
  const config = parseConfig({ ...(named ?? { imageSize: 224 }), ...sizes, ...told }, `${path}: model`);
  return { config, assumed };
}

function sizesOf(path: string, tensors: Shapes): Partial<SnnmlpConfig> {
  const shapeOf = (name: string, dimensions: number): readonly number[] => {
    const shape = tensors.get(name)?.shape;
    if (shape?.length === dimensions && !shape.includes(0)) return shape;
    const found = shape ? `has shape [${shape.join(", ")}]` : "is missing";
    throw new PytorchFileError(path, `it holds no SNN-MLP: ${name} ${found}`, "check that the file is the right one");
  };
  const [embedDim = 0, inChannels = 0, patchSize = 0] = shapeOf("patch_embed.proj.weight", 4);
  const [numClasses = 0] = shapeOf("head.weight", 2);
  const [hidden = 0] = shapeOf("layers.0.blocks.0.mlp.fc1.weight", 4);
  const depths: number[] = [];
  for (let stage = 0; tensors.has(`layers.${stage}.blocks.0.norm1.weight`) && stage < mostBlocks; stage++) {
    let blocks = 1;
    while (tensors.has(`layers.${stage}.blocks.${blocks}.norm1.weight`) && blocks < mostBlocks) blocks++;
    depths.push(blocks);
  }
  return { embedDim, inChannels, patchSize, numClasses, mlpRatio: hidden / embedDim, depths };
}

function sameShapes(config: SnnmlpConfig, tensors: Shapes): boolean {
  return parameterShapes(config).every(({ name, shape }) => {
    const found = tensors.get(name)?.shape.join();
    // Neurons with a fixed tau or Vth have no parameter.
    return found === shape.join() || (found === undefined && isNeuron(name));
  });
}
