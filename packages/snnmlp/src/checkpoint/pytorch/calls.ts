import type { Fail } from "./bytes.js";
import { numpyScalar } from "./numpy.js";
import { rebuildTensor, rebuildTyped } from "./rebuild.js";
import { kindOf, PickleClass, type PickleMap, PickleObject, type PickleValue } from "./values.js";

type Args = readonly PickleValue[];
type Constructor = (args: Args, spend: (elements: number) => void, fail: Fail) => PickleValue;

const refused = "if you trust who made it, load it with PyTorch and save its state_dict() alone; else delete it";

const list: Constructor = ([items = []], spend, fail) => {
  const elements = Array.isArray(items) || items instanceof Set ? items : fail(`makes a list of a ${kindOf(items)}`);
  const values = [...elements];
  spend(values.length);
  return values;
};

const set: Constructor = (args, spend, fail) => {
  const elements = list(args, spend, fail);
  return new Set(Array.isArray(elements) ? elements : []);
};

const dict: Constructor = ([entries = []], spend, fail) => {
  if (entries instanceof Map) {
    spend(entries.size);
    return new Map(entries);
  }
  if (!Array.isArray(entries)) return fail(`makes a dict of a ${kindOf(entries)}`);
  spend(entries.length);
  const map: PickleMap = new Map();
  for (const entry of entries) {
    if (!Array.isArray(entry) || entry.length !== 2) return fail("makes a dict of what is no pair");
    const [key = null, value = null] = entry;
    map.set(key, value);
  }
  return map;
};

/** Protocol 2 has no bytes: it writes `_codecs.encode("...", "latin1")`. */
const encode: Constructor = ([text = "", encoding = "latin1"], spend, fail) => {
  if (text instanceof Uint8Array) return text;
  if (Array.isArray(text) && text.length === 0) return new Uint8Array();
  if (typeof text !== "string") return fail(`makes bytes of a ${kindOf(text)}`);
  spend(text.length);
  if (encoding === "utf-8" || encoding === "utf8") return new TextEncoder().encode(text);
  return /^latin-?1$/.test(String(encoding))
    ? Uint8Array.from(Buffer.from(text, "latin1"))
    : fail("encodes text unusually");
};

const object =
  (name: string): Constructor =>
  (args) =>
    new PickleObject(name, args);

const scalar =
  (kinds: readonly string[]): Constructor =>
  ([value = null], _, fail) =>
    kinds.includes(typeof value) ? value : fail(`makes a number or text of a ${kindOf(value)}`);

/** Protocols 0 and 1 make an object by `_reconstructor(cls, base, state)`; a dict of a class brings its entries as state. */
const reconstruct: Constructor = ([cls = null, , state = null], spend, fail) => {
  if (!(cls instanceof PickleClass)) return fail("makes an object of what is no class");
  const made = new PickleObject(cls.name);
  if (state instanceof Map) {
    spend(state.size);
    for (const [key, value] of state) made.items.set(key, value);
  }
  return made;
};

const tensor: Constructor = (args, _, fail) => rebuildTensor(args, fail);
/** `_rebuild_from_type_v2(rebuild, type, args, state)`: a tensor that has attributes, or a class of its own. */
const typed: Constructor = ([rebuild = null, , args = null], spend, fail) => {
  const known = rebuild instanceof PickleClass && /^torch\._utils\._rebuild_(tensor|parameter)/.test(rebuild.name);
  const make = known ? constructors.get(rebuild.name) : undefined;
  return make && Array.isArray(args)
    ? make(args, spend, fail)
    : fail(`makes a tensor by a ${kindOf(rebuild)}, which is refused`);
};

const numpy = (name: string): string[] => [`numpy.core.${name}`, `numpy._core.${name}`];

/** Everything a pickle may call. */
const constructors: ReadonlyMap<string, Constructor> = new Map<string, Constructor>([
  ["torch._utils._rebuild_tensor", tensor],
  ["torch._utils._rebuild_tensor_v2", tensor],
  ["torch._utils._rebuild_tensor_v3", (args, _, fail) => rebuildTyped(args, fail)],
  ["torch._utils._rebuild_parameter", ([data = null]) => data],
  ["torch._utils._rebuild_parameter_with_state", ([data = null]) => data],
  ["torch._tensor._rebuild_from_type_v2", typed],
  ["torch.Size", list],
  ["torch.device", ([type = null]) => type],
  ["collections.OrderedDict", dict],
  ["collections.Counter", dict],
  ["collections.defaultdict", (args, spend, fail) => dict(args.slice(1, 2), spend, fail)],
  ["collections.deque", list],
  ["builtins.dict", dict],
  ["builtins.list", list],
  ["builtins.tuple", list],
  ["builtins.set", set],
  ["builtins.frozenset", set],
  ["builtins.bytes", encode],
  ["builtins.bytearray", encode],
  ["builtins.complex", object("builtins.complex")],
  ["builtins.int", scalar(["number", "bigint", "boolean"])],
  ["builtins.float", scalar(["number"])],
  ["builtins.bool", scalar(["boolean"])],
  ["builtins.str", scalar(["string"])],
  ["_codecs.encode", encode],
  ["copyreg._reconstructor", reconstruct],
  ["numpy.dtype", object("numpy.dtype")],
  ...["multiarray._reconstruct", "numeric._frombuffer"]
    .flatMap(numpy)
    .map((name) => [name, object("numpy.ndarray")] as const),
  ...numpy("multiarray.scalar").map((name): [string, Constructor] => [
    name,
    (args, _, fail) => numpyScalar(args, fail),
  ]),
]);

/**
 * What a pickle's call gives: the constructors of PyTorch's tensors, of the standard containers and of NumPy's values,
 * as data. Anything else is refused by its name. Constructors may copy `budget` elements in all, so that copying one
 * list again and again costs no more than reading it.
 */
export function callConstructor(budget: number): (callee: PickleValue, args: Args, fail: Fail) => PickleValue {
  let left = budget;
  return (callee, args, fail) => {
    if (!(callee instanceof PickleClass)) return fail(`calls a ${kindOf(callee)}, which is refused`, refused);
    const make = constructors.get(callee.name);
    if (!make) return fail(`calls ${callee.name}, which is refused`, refused);
    const spend = (elements: number): void => {
      left -= elements;
      if (left < 0) fail(`calls ${callee.name} to copy more than the whole pickle holds`, refused);
    };
    return make(args, spend, fail);
  };
}
