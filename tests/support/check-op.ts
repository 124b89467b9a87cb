import { type Device, openDevice, openOracle, scope, type TapeEntry, Tensor, tensor } from "@snnmlp/tensor";
import { expect } from "vitest";
import { expectClose, noise } from "../kernels/run-launch.js";

/** An input of an op under test. */
export interface Given {
  readonly shape: readonly number[];
  readonly values: Float64Array;
  readonly dtype?: "f32" | "i32" | "u32";
}

/** What is tested: the results of one recorded op. */
export type Op = (inputs: Readonly<Record<string, Tensor>>, device: Device) => Tensor | readonly Tensor[];

/** One op applied to inputs, and the gradients of `sum(dy * y)`, by name; all values exact. */
interface Outcome {
  /** The values of all results, one after the other. */
  readonly y: Float64Array;
  readonly gradients: Readonly<Record<string, Float64Array>>;
}

let devices: Promise<{ naive: Device; tuned: Device; oracle: Device }> | undefined;

/** The devices every op test runs on: the float64 oracle, and this machine's adapter with naive and with tuned kernels. */
export function testDevices(): Promise<{ naive: Device; tuned: Device; oracle: Device }> {
  devices ??= (async () => ({
    naive: await openDevice({ software: "allow", kernels: "naive" }),
    tuned: await openDevice({ software: "allow" }),
    oracle: openOracle(),
  }))();
  return devices;
}

/**
 * Checks an op: naive and tuned kernels against the oracle, forward and gradients, and the oracle's gradients of the inputs
 * named in `differentiable` against central differences.
 *
 * @param slopes whether to take the differences; a surrogate gradient is not the slope of its function
 */
export async function checkOp(
  op: Op,
  given: Readonly<Record<string, Given>>,
  differentiable: readonly string[],
  { slopes = true }: { readonly slopes?: boolean } = {},
): Promise<void> {
  const { oracle, naive, tuned } = await testDevices();
  // What f32 devices see, so that all compute from the same numbers.
  const inputs = Object.fromEntries(
    Object.entries(given).map(([name, one]) => [name, { ...one, values: Float64Array.from(one.values, Math.fround) }]),
  );
  const expected = await outcome(oracle, op, inputs, differentiable);
  for (const device of [naive, tuned]) {
    const got = await outcome(device, op, inputs, differentiable);
    const where = `${device.profile.kernels} kernels:`;
    expectClose(got.y, expected.y, "f32", `${where} y`);
    for (const [name, right] of Object.entries(expected.gradients)) {
      expectClose(got.gradients[name] ?? new Float64Array(), right, "f32", `${where} gradient of ${name}`);
    }
  }
  if (!slopes) return;
  for (const name of differentiable) await checkSlopes(oracle, op, inputs, name, expected);
}

async function outcome(
  device: Device,
  op: Op,
  given: Readonly<Record<string, Given>>,
  differentiable: readonly string[],
): Promise<Outcome> {
  using _all = scope(device);
  const tensors = Object.fromEntries(
    Object.entries(given).map(([name, { values, shape, dtype = "f32" }]) => [
      name,
      tensor(device, values, shape, dtype),
    ]),
  );
  const leaves: Tensor[] = Object.values(tensors);
  const entries: TapeEntry[] = [];
  device.tapes.push({ watches: (t) => leaves.includes(t), record: (entry) => entries.push(entry) });
  const made = op(tensors, device);
  device.tapes.pop();
  const ys = made instanceof Tensor ? [made] : made;
  const y = await joined(device, ys);
  const gradients: Record<string, Float64Array> = {};
  if (differentiable.length === 0) return { y, gradients };
  expect(entries, "recorded steps").toHaveLength(1);
  const [entry] = entries;
  if (!entry) return { y, gradients };
  const seed = seedOf(y.length);
  let start = 0;
  const dys = entry.outputs.map((output) => {
    const dy = tensor(device, seed.slice(start, start + output.size), output.shape, "f32");
    start += output.size;
    return dy;
  });
  // The recorded name of an input may not be the test's.
  const nameOf = (input: Tensor) => differentiable.find((name) => tensors[name] === input);
  const inputs = Object.entries(entry.inputs);
  const wants = Object.fromEntries(inputs.map(([key, input]) => [key, nameOf(input) !== undefined]));
  const found = entry.vjp(dys, wants, {});
  const before = Object.fromEntries(
    inputs
      .filter(([key]) => wants[key] && entry.adds.includes(key))
      .map(([key, { size, shape }]) => [key, tensor(device, seedOf(size), shape)]),
  );
  const added = Object.keys(before).length > 0 ? entry.vjp(dys, wants, before) : {};
  for (const [key, input] of inputs) {
    const name = nameOf(input);
    if (name === undefined) continue;
    const gradient = found[key];
    if (!gradient) throw new Error(`no gradient of ${name}`);
    expect(gradient.shape, `shape of the gradient of ${name}`).toEqual(given[name]?.shape);
    gradients[name] = await device.readExact(gradient);
    if (added[key]) gradients[`${name} added to another`] = await device.readExact(added[key]);
  }
  expect(
    differentiable.filter((name) => !gradients[name]),
    "inputs without gradient",
  ).toEqual([]);
  return { y, gradients };
}

async function joined(device: Device, tensors: readonly Tensor[]): Promise<Float64Array> {
  const parts: number[] = [];
  for (const t of tensors) for (const value of await device.readExact(t)) parts.push(value);
  return Float64Array.from(parts);
}

/** dy, rounded as an f32 device would; mostly positive, so that gradients of scalars are not small differences. */
const seedOf = (size: number) => noise(size, 99).map((g) => Math.fround(g + 0.5));

async function checkSlopes(
  device: Device,
  op: Op,
  given: Readonly<Record<string, Given>>,
  name: string,
  expected: Outcome,
): Promise<void> {
  const input = given[name];
  if (!input) throw new Error(`no input ${name}`);
  const dy = seedOf(expected.y.length);
  const value = async (index: number, by: number) => {
    const moved = input.values.slice();
    moved[index] = (moved[index] ?? 0) + by;
    const { y } = await outcome(device, op, { ...given, [name]: { ...input, values: moved } }, []);
    return y.reduce((sum, each, i) => sum + each * (dy[i] ?? 0), 0);
  };
  const step = 1e-5;
  const stride = Math.max(1, Math.floor(input.values.length / 24));
  const gradient = expected.gradients[name] ?? new Float64Array();
  const largest = gradient.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
  for (let i = 0; i < input.values.length; i += stride) {
    const slope = ((await value(i, step)) - (await value(i, -step))) / (2 * step);
    const error = Math.abs(slope - (gradient[i] ?? Number.NaN)) / Math.max(largest, 1e-3);
    expect(error, `gradient of ${name}[${i}] is ${gradient[i]}, central difference ${slope}`).toBeLessThan(1e-6);
  }
}
