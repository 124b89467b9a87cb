import { type SnnmlpConfig, stagesOf } from "./config.js";

/** One entry of a state dict: its name in the authors' PyTorch code and its shape there (convolutions are [out, in, kh, kw]). */
export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * The state dict of a model, in the order PyTorch lists it.
 *
 * `lif_module.lif1` runs along H and `lif2` along W. With `lifGroup: -1` they are the identity and have no parameters.
 */
export function parameterShapes(config: SnnmlpConfig): ParameterShape[] {
  const { patchSize, inChannels, numClasses, embedDim } = config;
  const stages = stagesOf(config);
  const shapes = [
    ...convolution("patch_embed.proj", [embedDim, inChannels, patchSize, patchSize]),
    ...norm("patch_embed.norm", embedDim),
  ];
  stages.forEach(({ dim, depth }, stage) => {
    for (let block = 0; block < depth; block++)
      shapes.push(...blockShapes(config, `layers.${stage}.blocks.${block}`, dim));
    if (stage === stages.length - 1) return;
    shapes.push(parameter(`layers.${stage}.downsample.reduction.weight`, [2 * dim, 4 * dim, 1, 1]));
    shapes.push(...norm(`layers.${stage}.downsample.norm`, 4 * dim));
  });
  const features = embedDim * 2 ** (stages.length - 1);
  shapes.push(...norm("norm", features));
  shapes.push(parameter("head.weight", [numClasses, features]), parameter("head.bias", [numClasses]));
  return shapes;
}

function blockShapes({ lifGroup, mlpRatio }: SnnmlpConfig, prefix: string, dim: number): ParameterShape[] {
  const lif = `${prefix}.lif_module`;
  const pointwise = ["conv1", "conv2_1", "conv2_2", "conv3"].flatMap((name) =>
    convolution(`${lif}.${name}`, [dim, dim, 1, 1]),
  );
  const neurons = lifGroup === -1 ? [] : ["lif1.tau", "lif1.Vth", "lif2.tau", "lif2.Vth"];
  return [
    ...norm(`${prefix}.norm1`, dim),
    ...pointwise,
    ...["norm1", "norm2", "norm3"].flatMap((name) => norm(`${lif}.${name}`, dim)),
    ...neurons.map((name) => parameter(`${lif}.${name}`, [1])),
    ...convolution(`${lif}.dw1`, [dim, 1, 3, 3]),
    ...norm(`${prefix}.norm2`, dim),
    ...convolution(`${prefix}.mlp.fc1`, [dim * mlpRatio, dim, 1, 1]),
    ...convolution(`${prefix}.mlp.fc2`, [dim, dim * mlpRatio, 1, 1]),
  ];
}

const parameter = (name: string, shape: readonly number[]): ParameterShape => ({ name, shape });

/** A convolution's weight [out, in, kh, kw] and its bias [out]. */
const convolution = (name: string, shape: readonly [number, number, number, number]): ParameterShape[] => [
  parameter(`${name}.weight`, shape),
  parameter(`${name}.bias`, [shape[0]]),
];

const norm = (name: string, channels: number): ParameterShape[] => [
  parameter(`${name}.weight`, [channels]),
  parameter(`${name}.bias`, [channels]),
];
