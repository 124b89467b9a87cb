import type { SnnmlpConfig } from "../../config.js";
import { fieldsOf, type PickleValue } from "./values.js";

/** Where the authors' `config` (a CfgNode) or a flat one (an argparse Namespace) has what shapes do not tell. */
const places: readonly (readonly [field: keyof SnnmlpConfig, ...names: string[]])[] = [
  ["imageSize", "DATA.IMG_SIZE", "img_size", "image_size", "imageSize"],
  ["lifGroup", "LIF", "lif", "lifGroup"],
  ["dropPath", "MODEL.DROP_PATH_RATE", "drop_path_rate", "drop_path", "dropPath"],
  ["tau", "LIF_INIT_TAU", "lif_init_tau", "tau"],
  ["vth", "LIF_INIT_VTH", "lif_init_vth", "vth"],
];

/** What the settings of a training run, a file's `config` or `args`, say of a model. */
export function modelSettings(settings: PickleValue | undefined): Partial<Record<keyof SnnmlpConfig, number>> {
  const found: Partial<Record<keyof SnnmlpConfig, number>> = {};
  for (const [field, ...names] of places) {
    const values = names.map((name) => lookUp(settings, name));
    const value = values.find((candidate): candidate is number => typeof candidate === "number");
    if (value !== undefined) found[field] = value;
  }
  return found;
}

/**
 * The authors' `--lif_fix_tau` and `--lif_fix_vth` keep a neuron's value out of the state dict, in the config alone.
 *
 * @returns the value of the neuron parameter `name`, or undefined where the settings fix none
 */
export function fixedValue(name: string, settings: PickleValue | undefined): number | undefined {
  if (!isNeuron(name)) return undefined;
  const kind = name.endsWith(".tau") ? "TAU" : "VTH";
  const spelled = (key: string): PickleValue | undefined =>
    lookUp(settings, key) ?? lookUp(settings, key.toLowerCase());
  if (spelled(`LIF_FIX_${kind}`) !== true) return undefined;
  const value = spelled(`LIF_INIT_${kind}`);
  return typeof value === "number" ? value : undefined;
}

/** Whether a name is a LIF's tau or Vth. */
export const isNeuron = (name: string): boolean => /\.lif[12]\.(tau|Vth)$/.test(name);

/** `DATA.IMG_SIZE` in a CfgNode, Namespace or dict. */
function lookUp(settings: PickleValue | undefined, name: string): PickleValue | undefined {
  return name.split(".").reduce<PickleValue | undefined>((value, part) => fieldsOf(value)?.get(part), settings);
}
