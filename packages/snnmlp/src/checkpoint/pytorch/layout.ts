import { PytorchFileError } from "../../file-error.js";
import { fieldsOf, kindOf, type PickleMap, PickleObject, type PickleValue, TensorRef } from "./values.js";

/** Where a file keeps its model, and what else it holds. */
export interface Layout {
  /** Under which key the parameters lie; undefined for a bare state dict. */
  readonly key: string | undefined;
  /** By name, without prefixes that all of them share. */
  readonly tensors: ReadonlyMap<string, TensorRef>;
  /** The other entries of the file. */
  readonly others: ReadonlyMap<string, PickleValue>;
}

/** Keys of a state dict among other things, the authors' first. */
const modelKeys = ["model", "state_dict", "model_state_dict", "model_ema", "state_dict_ema", "ema"];
/** What DistributedDataParallel, torch.compile and Lightning put before every name. */
const wrappers = ["module.", "_orig_mod.", "model."];

/** Finds the state dict: the authors' `{model, optimizer, ...}`, other usual keys, or the file itself. @throws PytorchFileError */
export function layoutOf(path: string, root: PickleValue): Layout {
  const entries = fieldsOf(root) ?? new Map();
  const key = modelKeys.find((name) => tensorsOf(entries.get(name)).size > 0);
  const tensors = tensorsOf(key === undefined ? entries : entries.get(key));
  if (tensors.size === 0) {
    const module = [root, ...modelKeys.map((name) => entries.get(name))].find((value) => value instanceof PickleObject);
    const found = module ? `an ${kindOf(module)}` : describe(entries, root);
    const fix = "save the model's state_dict() with torch.save(), alone or under the key model";
    throw new PytorchFileError(path, `it holds ${found} and no state dict`, fix);
  }
  const rest = [...entries].filter(([name]) =>
    key === undefined ? !(entries.get(name) instanceof TensorRef) : name !== key,
  );
  return { key, tensors: unwrapped(tensors), others: new Map(rest.map(([name, value]) => [String(name), value])) };
}

function tensorsOf(value: PickleValue | undefined): Map<string, TensorRef> {
  const found = new Map<string, TensorRef>();
  if (!(value instanceof Map)) return found;
  for (const [name, tensor] of value) {
    if (typeof name === "string" && tensor instanceof TensorRef) found.set(name, tensor);
  }
  return found;
}

function unwrapped(tensors: ReadonlyMap<string, TensorRef>): ReadonlyMap<string, TensorRef> {
  const wrapper = wrappers.find((prefix) => [...tensors.keys()].every((name) => name.startsWith(prefix)));
  if (wrapper === undefined) return tensors;
  return unwrapped(new Map([...tensors].map(([name, tensor]) => [name.slice(wrapper.length), tensor])));
}

function describe(entries: PickleMap, root: PickleValue): string {
  if (entries.size === 0) return `a ${kindOf(root)}`;
  const keys = [...entries.keys()].filter((key) => typeof key === "string");
  const shown = keys.slice(0, 8).map((key) => key.slice(0, 40));
  return `a dict of ${shown.join(", ")}${keys.length > shown.length ? ", ..." : ""}`;
}
