import { compile, type Device, makeSlab, openOracle, type Step, scope, type Tensor, tensor } from "@snnmlp/tensor";
import fc from "fast-check";
import { expect, test } from "vitest";
import { spyOn } from "../support/spy-device.js";
import { toyLaunch } from "../support/toy-launch.js";

/**
 * One traced step: sizes of the tensors it makes, which of those made before it reads or writes over, and which places
 * outside it reads; afterwards one tensor is placed outside.
 */
interface Toy {
  readonly makes: readonly number[];
  readonly reads: readonly number[];
  readonly overwrites: readonly number[];
  readonly outside: readonly Slot[];
  readonly place: readonly [index: number, slot: Slot] | null;
}

interface Toys {
  readonly steps: readonly Toy[];
  readonly results: readonly number[];
}

const slots = ["a", "b", "c"] as const;
type Slot = (typeof slots)[number];
const slotSize = 16;

const toy: fc.Arbitrary<Toy> = fc.record({
  makes: fc.array(fc.oneof(fc.constant(slotSize), fc.integer({ min: 1, max: 400 })), { minLength: 1, maxLength: 2 }),
  reads: fc.array(fc.nat(1000), { maxLength: 4 }),
  overwrites: fc.array(fc.nat(1000), { maxLength: 1 }),
  outside: fc.uniqueArray(fc.constantFrom(...slots), { maxLength: 1 }),
  place: fc.option(fc.tuple(fc.nat(1000), fc.constantFrom(...slots))),
});
const trace: fc.Arbitrary<Toys> = fc.record({
  steps: fc.array(toy, { minLength: 1, maxLength: 24 }),
  results: fc.array(fc.nat(1000), { minLength: 1, maxLength: 4 }),
});

type Outside = Readonly<Record<string, Tensor>>;

/** Runs the toys on a device; indices count back from the newest tensor, so that most reads are of recent ones. */
function play(device: Device, outside: Outside, { steps, results }: Toys): Record<string, Tensor> {
  const made: Tensor[] = [];
  const pick = (index: number) => made[made.length - 1 - (index % Math.max(1, made.length))];
  const picked = (indices: readonly number[]) => [...new Set(indices.flatMap((index) => pick(index) ?? []))];
  for (const { makes, reads, overwrites, place, ...step } of steps) {
    const written = picked(overwrites);
    const read = picked(reads).filter((t) => !written.includes(t));
    const sources = [...read, ...step.outside.flatMap((slot) => outside[slot] ?? [])];
    const fresh = makes.map((size) => device.empty("toy", [size], "f32"));
    const launch = toyLaunch(sources.length, written.length + fresh.length);
    device.launch("toy", launch, [...sources, ...written, ...fresh]);
    made.push(...fresh);
    const [placed, into] = place ? [pick(place[0]), outside[place[1]]] : [];
    if (placed?.size === slotSize && into) device.place("toy", placed, into);
  }
  return Object.fromEntries(picked(results).map((t, i) => [`y${i}`, t]));
}

/** [first byte, past the last byte) of a binding; the oracle has 8 bytes an element. */
type Use = { readonly buffer: object; readonly from: number; readonly to: number; readonly access: string };
const usesOf = (step: Step): Use[] =>
  step.kind === "copy"
    ? [step.from, step.to].map(({ buffer, offset, length }, i) => ({
        buffer,
        from: 8 * offset,
        to: 8 * (offset + length),
        access: i === 0 ? "read" : "write",
      }))
    : step.bindings.map(({ buffer, offset, length }, i) => ({
        buffer,
        from: 8 * offset,
        to: 8 * (offset + length),
        access: step.launch.kernel.access[i] ?? "",
      }));

test("a Program's memory never mixes up two tensors: random traces give what eager launches give", async () => {
  await fc.assert(
    fc.asyncProperty(trace, async (random) => {
      const { device, programs } = spyOn(openOracle());
      using _all = scope(device);
      const fresh = () => makeSlab(device, "slab", Object.fromEntries(slots.map((slot) => [slot, [slotSize]]))).tensors;
      const [eagerly, recorded] = [fresh(), fresh()];
      const program = await compile(device, {}, () => play(device, recorded, random));
      const { arenaBytes, lowerBoundBytes, unsharedBytes } = program.plan;
      expect(arenaBytes).toBeGreaterThanOrEqual(lowerBoundBytes);
      expect(arenaBytes).toBeLessThanOrEqual(unsharedBytes);
      // WebGPU refuses a dispatch or copy that reads and writes one buffer, whatever the windows.
      for (const uses of (programs[0] ?? []).map(usesOf)) {
        for (const written of uses.filter(({ access }) => access === "write")) {
          for (const other of uses) {
            if (other === written || other.buffer !== written.buffer) continue;
            expect(other.access, "access of one arena in one dispatch").toBe("write");
            expect(other.to <= written.from || written.to <= other.from, "results overlap").toBe(true);
          }
        }
      }
      // Twice: the second run finds the arenas full of the first one's values.
      for (let run = 0; run < 2; run++) {
        program.run();
        const expected = { ...play(device, eagerly, random), ...eagerly };
        for (const [name, output] of Object.entries({ ...program.outputs, ...recorded })) {
          const right = expected[name];
          if (right) expect(await device.readExact(output), name).toEqual(await device.readExact(right));
        }
      }
      program.dispose();
    }),
    { numRuns: 500, seed: 20_220_328 },
  );
});

test("memory is shared as soon as its last reader is past", async () => {
  const { device } = spyOn(openOracle());
  using _all = scope(device);
  const x = tensor(device, new Float64Array(64), [64]);
  // A chain of 50 tensors needs two at a time, and never both in one arena.
  const program = await compile(device, { x }, () => {
    let y: Tensor = x;
    for (let i = 0; i < 50; i++) {
      const next = device.empty("toy", [64], "f32");
      device.launch("toy", toyLaunch(1, 1), [y, next]);
      y = next;
    }
    return { y };
  });
  const bytes = 64 * 8;
  expect(program.plan).toMatchObject({
    arenaBytes: 2 * bytes,
    lowerBoundBytes: 2 * bytes,
    unsharedBytes: 50 * bytes,
    capturedBytes: bytes,
    peakBytes: 3 * bytes,
    dispatches: 50,
  });
  expect(program.plan.largest).toEqual([
    { op: "toy", bytes },
    { op: "toy", bytes },
  ]);
});
