import { compile, concat, lif, mean, type Program, reshape, type Shape, type Tensor } from "@snnmlp/tensor";
import type { Preprocessing } from "../data/preprocessing.js";
import type { Activations } from "../model/blocks.js";
import { ImageInput } from "../model/image-input.js";
import type { SNNMLP } from "../model/snnmlp.js";

/** Which neurons of one LIF fired for a batch. */
export interface LifFiring {
  /** In the state dict, without `.tau`: `layers.0.blocks.1.lif_module.lif1`. */
  readonly name: string;
  /** Which way it runs. */
  readonly axis: "H" | "W";
  readonly height: number;
  readonly width: number;
  /** Positions along the axis that are in whole groups; what lies behind them is passed through and never fires. */
  readonly active: number;
  /** Share of channels that fired, u > vth [B, height, width]; 0 outside whole groups. */
  readonly map: Float32Array;
  readonly tau: number;
  readonly vth: number;
  /** Share of neurons in whole groups that fired, in [0, 1]; null where the image is smaller than a group. */
  readonly share: number | null;
}

type Site = Pick<LifFiring, "name" | "axis" | "height" | "width" | "active">;

/**
 * Watches the LIFs of a model by a forward pass of its own: one Program for batches of a fixed size. Training and
 * evaluation run as they do without it.
 */
export class FiringProbe {
  private constructor(
    readonly batchSize: number,
    private readonly images: ImageInput,
    private readonly sites: readonly Site[],
    private readonly program:
      | Program<Record<string, Tensor>, { maps: Tensor<Shape, "f32">; learned: Tensor<Shape, "f32"> }>
      | undefined,
  ) {}

  static async create(model: SNNMLP, batchSize: number, preprocessing: Preprocessing): Promise<FiringProbe> {
    const { device, config } = model;
    const images = new ImageInput(model, batchSize, preprocessing);
    if (config.lifGroup === -1) return new FiringProbe(batchSize, images, [], undefined);
    const sites: Site[] = [];
    const program = await compile(device, { bytes: images.bytes }, () => {
      const maps: Tensor<Shape, "f32">[] = [];
      const learned: Tensor<Shape, "f32">[] = [];
      const { lifGroup: group, output } = config;
      model.forward(images.activations(), {
        onLif: (name, x, tau, vth, axis) => {
          const fired = lif(x, tau as Activations, vth as Activations, { axis, group, output: "spike" });
          const map = mean(fired, { axes: [3] });
          maps.push(reshape(map, [map.size]));
          learned.push(tau as Activations, vth as Activations);
          const [, height = 0, width = 0] = x.shape;
          const length = axis === 1 ? height : width;
          const active = output === "spike" ? length : length - (length % group);
          sites.push({ name, axis: axis === 1 ? "H" : "W", height, width, active });
        },
      });
      return { maps: concat(maps, 0), learned: concat(learned, 0) };
    });
    return new FiringProbe(batchSize, images, sites, program);
  }

  /**
   * Runs a batch forward and tells what fired, LIF by LIF in the order of the forward pass; none in a model without.
   * @param images bytes [batchSize, imageSize, imageSize, inChannels]
   */
  async measure(images: Uint8Array): Promise<LifFiring[]> {
    if (!this.program) return [];
    this.images.write(images);
    const { maps, learned } = this.program.run();
    const [values, scalars] = await Promise.all([maps.read(), learned.read()]);
    let at = 0;
    return this.sites.map((site, i) => {
      const [tau = Number.NaN, vth = Number.NaN] = scalars.subarray(2 * i);
      const size = this.batchSize * site.height * site.width;
      const map = values.slice(at, at + size).map((share, i) => (activeAt(site, i) ? share : 0));
      at += size;
      const count = site.active > 0 ? size * (site.active / (site.axis === "H" ? site.height : site.width)) : 0;
      return { ...site, map, tau, vth, share: count > 0 ? map.reduce((sum, share) => sum + share, 0) / count : null };
    });
  }

  [Symbol.dispose](): void {
    this.program?.dispose();
    this.images.dispose();
  }
}

/** Whether an element of a map [B, height, width] lies in a whole group. */
export const activeAt = ({ axis, height, width, active }: Site, index: number): boolean =>
  (axis === "H" ? Math.floor(index / width) % height : index % width) < active;
