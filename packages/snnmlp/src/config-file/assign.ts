import { closest } from "fastest-levenshtein";
import { ConfigError, configFields } from "../config.js";
import { settingNames } from "../train/recipe.js";
import { nested } from "../tree.js";
import { authorsKeys } from "./authors-keys.js";
import { emptyLayer, type Layer, mergeLayers } from "./layer.js";

/** Our keys besides the fields of the model and the recipe. */
const runKeys = ["model", "model.name", "recipe", "recipe.name", "data", "out", "checkpointActivations"];

/** Every key in our layout. */
export const ownKeys: readonly string[] = [
  ...runKeys,
  ...configFields.map((name) => `model.${name}`),
  ...settingNames.map((name) => `recipe.${name}`),
];

/**
 * What one key with its value says.
 *
 * @param key dotted: `recipe.epochs`, or one of the authors' such as `TRAIN.EPOCHS`
 * @param where the file or flag, for errors
 * @throws ConfigError for an unknown key, with the nearest known one, and for a value that is not implemented
 */
export function layerOf(key: string, value: unknown, where: string): Layer {
  const rules = Object.hasOwn(authorsKeys, key) ? authorsKeys[key] : undefined;
  if (!rules) return own(key, value, where);
  const layers = rules.map((rule): Layer => {
    if ("ignored" in rule) return { ...emptyLayer, ignored: [key] };
    if ("only" in rule) {
      if (rule.only.includes(value)) return emptyLayer;
      throw new ConfigError(
        `${where}: ${key} ${JSON.stringify(value)} is not implemented; expected ${rule.only.map((each) => JSON.stringify(each)).join(" or ")}`,
      );
    }
    const converted = rule.convert ? rule.convert(value) : value;
    return converted === undefined ? emptyLayer : own(rule.to, converted, where);
  });
  return mergeLayers([...layers, { ...emptyLayer, run: { authors: true } }]);
}

function own(key: string, value: unknown, where: string): Layer {
  if (!ownKeys.includes(key)) {
    const known = key === key.toUpperCase() ? Object.keys(authorsKeys) : ownKeys;
    throw new ConfigError(`${where}: unknown key ${key}; did you mean ${closest(key, [...known])}?`);
  }
  const [group = "", ...names] = key.split(".");
  const [first] = names;
  if (first === undefined || first === "name") return runLayer(group, value, where);
  return { ...emptyLayer, [group]: nested(names, value) };
}

function runLayer(name: string, value: unknown, where: string): Layer {
  const expected = name === "checkpointActivations" ? "boolean" : "string";
  if (typeof value === expected) return { ...emptyLayer, run: { [name]: value } };
  const got = JSON.stringify(value);
  throw new ConfigError(
    `${where}: ${name} expected ${expected === "boolean" ? "true or false" : "a text"}, got ${got}`,
  );
}
