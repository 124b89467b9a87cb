import { type Device, linear, makeSlab, mean, type Shape, type Slab, type Tensor } from "@snnmlp/tensor";
import type { FloatTensor } from "../checkpoint/checkpoint.js";
import { parseConfig, type SnnmlpConfig, type SnnmlpConfigInput } from "../config.js";
import { models } from "../models.js";
import { type ParameterShape, parameterShapes } from "../parameters.js";
import {
  type Activations,
  block,
  norm,
  type Parameters,
  type Pass,
  parametersOf,
  patchEmbed,
  patchMerging,
} from "./blocks.js";
import { initialValues } from "./init.js";
import { toInternal, toPyTorch, weightLayout } from "./weights.js";

/** Parameters by PyTorch's names, in PyTorch's shapes and order. */
export type StateDict = ReadonlyMap<string, FloatTensor>;

/** Which neuron parameters are not learned. */
export interface FixedNeurons {
  readonly tau?: boolean;
  readonly vth?: boolean;
}

/** A state dict does not fit the model; the message names the first difference. */
export class StateDictError extends Error {
  override readonly name = "StateDictError";
}

/**
 * SNN-MLP (arXiv 2203.14679): an image classifier whose tokens talk through leaky integrate-and-fire neurons along image
 * rows and columns.
 *
 * ```ts
 * const model = new SNNMLP(device, { imageSize: 32, patchSize: 4, inChannels: 1, numClasses: 10, embedDim: 32, depths: [1, 1, 2, 1] });
 * const logits = model.forward(images); // [B, 32, 32, 1] -> [B, 10]
 * ```
 */
export class SNNMLP {
  readonly config: SnnmlpConfig;
  /** The learned tensors by the authors' state-dict names, in our layout (see `weights.ts`). */
  readonly parameters: Readonly<Record<string, Tensor<Shape, "f32">>>;
  /**
   * Memory of every parameter but the LIFs', and of tau and Vth: the paper trains them with an optimiser each. Those of
   * the latter that are not to be learned lie apart.
   */
  readonly slabs: { readonly main: Slab; readonly lif: Slab; readonly fixed: Slab };
  /** Names and PyTorch shapes, in PyTorch's order. */
  readonly shapes: readonly ParameterShape[];

  /**
   * @param config ours or PyTorch's field names; what is left out has the paper's value
   * @param seed of the initial values, which depend on nothing else
   * @param fixed whether tau and Vth keep their values in training; default neither
   * @throws ConfigError
   */
  constructor(
    readonly device: Device,
    config: SnnmlpConfigInput | SnnmlpConfig,
    { seed = 0, fixed = {} }: { readonly seed?: number; readonly fixed?: FixedNeurons } = {},
  ) {
    this.config = parseConfig(config);
    this.shapes = parameterShapes(this.config);
    const layouts = this.shapes.map(({ name, shape }) => [name, weightLayout(name, shape).shape] as const);
    const kindOf = (name: string): keyof SNNMLP["slabs"] => {
      if (!isLif(name)) return "main";
      return fixed[name.endsWith(".tau") ? "tau" : "vth"] ? "fixed" : "lif";
    };
    const slabOf = (which: keyof SNNMLP["slabs"]) =>
      makeSlab(device, `${which} parameters`, Object.fromEntries(layouts.filter(([name]) => kindOf(name) === which)));
    this.slabs = { main: slabOf("main"), lif: slabOf("lif"), fixed: slabOf("fixed") };
    this.parameters = { ...this.slabs.main.tensors, ...this.slabs.lif.tensors, ...this.slabs.fixed.tensors };
    for (const [name, values] of initialValues(this.config, this.shapes, seed)) this.set(name, values);
  }

  /**
   * Class scores.
   *
   * @param images [B, imageSize, imageSize, inChannels], channels-last, normalised
   * @param parameters others of the same names and shapes, for differentiation; default the model's own
   * @returns logits [B, numClasses]
   */
  forward(
    images: Activations,
    options: Omit<Pass, "config"> & { readonly parameters?: Readonly<Record<string, Tensor<Shape, "f32">>> } = {},
  ): Tensor<Shape, "f32"> {
    this.checkImages(images.shape);
    const pass = { ...options, config: this.config };
    const at = parametersOf(options.parameters ?? this.parameters);
    let x = patchEmbed(pass, at.under("patch_embed"), images);
    let index = 0;
    options.onLayer?.("patch_embed", x);
    for (const [stage, depth] of this.config.depths.entries()) {
      const layer = at.under(`layers.${stage}`);
      for (let i = 0; i < depth; i++) {
        x = block(pass, layer.under(`blocks.${i}`), x, index++);
        options.onLayer?.(`layers.${stage}.blocks.${i}`, x);
      }
      if (stage === this.config.depths.length - 1) break;
      x = patchMerging(layer.under("downsample"), x);
      options.onLayer?.(`layers.${stage}.downsample`, x);
    }
    x = norm(at.under("norm"), x);
    options.onLayer?.("norm", x);
    return head(at, x);
  }

  /** Copies a state dict in. @throws StateDictError when a name is missing or too many, or a shape differs; nothing is changed then */
  loadStateDict(state: StateDict): void {
    for (const { name, shape } of this.shapes) {
      const found = state.get(name);
      if (!found) throw new StateDictError(`the state dict has no ${name} [${shape.join(", ")}]`);
      if (found.shape.join() !== shape.join()) {
        throw new StateDictError(
          `${name} is [${found.shape.join(", ")}] in the state dict, but this model has [${shape.join(", ")}]; is it a checkpoint of another model?`,
        );
      }
    }
    const known = new Set(this.shapes.map(({ name }) => name));
    const extra = [...state.keys()].find((name) => !known.has(name));
    if (extra !== undefined) throw new StateDictError(`the state dict has ${extra}, which this model does not have`);
    for (const [name, { data }] of state) this.set(name, data);
  }

  /** Reads every parameter back, in PyTorch's shapes and order. */
  stateDict(parameters: SNNMLP["parameters"] = this.parameters): Promise<Map<string, FloatTensor>> {
    return readStateDict(this.shapes, parameters);
  }

  /** Frees the parameters; the device stays open. */
  dispose(): void {
    for (const slab of Object.values(this.slabs)) {
      for (const tensor of [...Object.values(slab.tensors), ...slab.shards]) tensor.dispose();
    }
  }

  private at(name: string): Tensor<Shape, "f32"> {
    const found = this.parameters[name];
    if (!found) throw new StateDictError(`this model has no parameter ${name}`);
    return found;
  }

  private set(name: string, values: Float32Array): void {
    const shape = this.shapes.find((parameter) => parameter.name === name)?.shape ?? [];
    this.at(name).write(toInternal(name, shape, values));
  }

  private checkImages(shape: Shape): void {
    const { imageSize, inChannels } = this.config;
    const [, H, W, C] = shape;
    if (shape.length !== 4 || H !== imageSize || W !== imageSize || C !== inChannels) {
      throw new StateDictError(
        `forward takes images [B, ${imageSize}, ${imageSize}, ${inChannels}] (channels last), got [${shape.join(", ")}]`,
      );
    }
  }
}

/**
 * Reads tensors that stand beside a model's parameters (the parameters themselves, an optimiser's moments) in PyTorch's
 * shapes and order.
 */
export async function readStateDict(
  shapes: readonly ParameterShape[],
  tensors: Readonly<Record<string, Tensor<Shape, "f32">>>,
): Promise<Map<string, FloatTensor>> {
  const state = new Map<string, FloatTensor>();
  for (const { name, shape } of shapes) {
    const tensor = tensors[name];
    if (tensor) state.set(name, { shape, data: toPyTorch(name, shape, await tensor.read()) });
  }
  return state;
}

/** Whether a parameter is a LIF's tau or Vth, which the paper trains with an optimiser of their own. */
export const isLif = (name: string): boolean => /\.lif[12]\.(tau|Vth)$/.test(name);

/** Global average pool over H and W, then the classifier. */
function head(at: Parameters, x: Activations): Tensor<Shape, "f32"> {
  return linear(mean(x, { axes: [1, 2] }) as Activations, at("head.weight"), at("head.bias"));
}

/** SNN-MLP-T: 28.3 M parameters, 4.4 G MACs, 224x224x3. */
export const snnmlpTiny = (device: Device, options?: { readonly seed?: number }): SNNMLP =>
  new SNNMLP(device, models.tiny, options);

/** SNN-MLP-S: 49.7 M parameters, 8.5 G MACs, 224x224x3. */
export const snnmlpSmall = (device: Device, options?: { readonly seed?: number }): SNNMLP =>
  new SNNMLP(device, models.small, options);

/** SNN-MLP-B: 87.9 M parameters, 15.2 G MACs, 224x224x3. */
export const snnmlpBase = (device: Device, options?: { readonly seed?: number }): SNNMLP =>
  new SNNMLP(device, models.base, options);
