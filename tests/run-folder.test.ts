import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Checkpoint,
  checkPosition,
  firstDifference,
  loadCheckpoint,
  parameterShapes,
  parseConfig,
  positionNotes,
  RunFolder,
  RunFolderError,
  type RunIdentity,
  recipes,
  SaveClock,
  stepOf,
} from "snnmlp";
import { afterAll, beforeEach, describe, expect, it } from "vitest";

const top = mkdtempSync(join(tmpdir(), "run-folder-"));
afterAll(() => rmSync(top, { recursive: true }));
let path = "";
let runs = 0;
beforeEach(() => {
  path = join(top, `run-${runs++}`);
});

const config = parseConfig({ imageSize: 8, patchSize: 4, inChannels: 1, numClasses: 3, embedDim: 4, depths: [1] });
const preprocessing = { mean: [0.1], std: [0.3], padding: 0 };
const identity: RunIdentity = { config, settings: recipes.digits, preprocessing, images: 60 };

function checkpoint(step: number): Checkpoint {
  const parameters = parameterShapes(config).map(({ name, shape }) => {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(step);
    return [name, { shape, data }] as const;
  });
  const notes = new Map([
    ["step", String(step)],
    ["run", JSON.stringify(recipes.digits)],
    ["images", "60"],
  ]);
  const training = new Map([["m.head.bias", { shape: [3], data: new Float32Array(3) }]]);
  return { config, preprocessing, parameters: new Map(parameters), training, notes };
}

const never = (error: Error): void => {
  throw error;
};
const save = (folder: RunFolder, step: number) => folder.save(step, async () => checkpoint(step));
const newestStep = async (folder: RunFolder, onDamaged = never) => {
  const newest = await folder.newest(onDamaged);
  return newest && stepOf(newest);
};

describe("a run's folder", () => {
  it("keeps the last checkpoints and the best model", async () => {
    await using folder = await RunFolder.open(path, { keep: 3 });
    expect(await folder.newest(never)).toBeUndefined();
    for (const step of [2, 4, 6, 8, 8]) await save(folder, step);
    await folder.saveModel("best.safetensors", checkpoint(4));
    expect(readdirSync(path).sort()).toEqual(
      ["best", "checkpoint-4", "checkpoint-6", "checkpoint"].map((name) => `${name}.safetensors`).concat("run.lock"),
    );
    expect(await newestStep(folder)).toBe(8);
    expect(stepOf(await loadCheckpoint(join(path, "checkpoint-4.safetensors")))).toBe(4);
    expect((await loadCheckpoint(join(path, "best.safetensors"))).training.size).toBe(0);
  });

  it("with keep 1 has one file, and drops later ones when an earlier update is saved", async () => {
    await using folder = await RunFolder.open(path, { keep: 1 });
    await save(folder, 2);
    await save(folder, 4);
    expect(readdirSync(path).sort()).toEqual(["checkpoint.safetensors", "run.lock"]);
    await folder.close();
    await using wide = await RunFolder.open(path, { keep: 3 });
    expect(await newestStep(wide)).toBe(4);
    for (const step of [6, 8, 5]) await save(wide, step);
    expect(await newestStep(wide)).toBe(5);
    expect(existsSync(join(path, "checkpoint-8.safetensors"))).toBe(false);
    expect(existsSync(join(path, "checkpoint-4.safetensors"))).toBe(true);
  });

  it.each(["cut off", "changed by a bit", "empty"])(
    "goes on from the one before where the newest is %s",
    async (how) => {
      await using folder = await RunFolder.open(path);
      for (const step of [2, 4]) await save(folder, step);
      const newest = join(path, "checkpoint.safetensors");
      const bytes = readFileSync(newest);
      const at = bytes.length - 5;
      if (how === "changed by a bit") bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(newest, how === "empty" ? "" : bytes.subarray(0, how === "cut off" ? at : undefined));
      const damaged: string[] = [];
      expect(await newestStep(folder, ({ message }) => damaged.push(message))).toBe(2);
      expect(damaged).toHaveLength(1);
      expect(damaged[0]).toContain(newest);
      await save(folder, 6);
      expect(await newestStep(folder)).toBe(6);
      expect(readdirSync(path).sort()).toEqual(["checkpoint-2.safetensors", "checkpoint.safetensors", "run.lock"]);
    },
  );

  it("without a whole checkpoint says what is wrong with the newest", async () => {
    mkdirSync(path);
    writeFileSync(join(path, "checkpoint.safetensors"), "x");
    writeFileSync(join(path, "checkpoint-3.safetensors"), "x");
    await using folder = await RunFolder.open(path);
    await expect(folder.newest(() => undefined)).rejects.toThrow("checkpoint.safetensors: too short, 1 bytes");
  });

  it("loses the temporary files of killed runs, and to restart all of the run's own files", async () => {
    mkdirSync(path);
    writeFileSync(join(path, ".checkpoint.safetensors.123.0123abcd.tmp"), "half");
    writeFileSync(join(path, "notes.txt"), "mine");
    writeFileSync(join(path, "metrics.jsonl"), "{}");
    const folder = await RunFolder.open(path);
    expect(readdirSync(path).sort()).toEqual(["metrics.jsonl", "notes.txt", "run.lock"]);
    await save(folder, 2);
    await folder.close();
    await using again = await RunFolder.open(path, { restart: true });
    expect(readdirSync(path).sort()).toEqual(["notes.txt", "run.lock"]);
    expect(await again.newest(never)).toBeUndefined();
  });

  it("is removed where nothing was written", async () => {
    await (await RunFolder.open(path)).close();
    expect(existsSync(path)).toBe(false);
  });

  it("that cannot be made says so", async () => {
    writeFileSync(path, "a file");
    await expect(RunFolder.open(join(path, "run"))).rejects.toThrow(RunFolderError);
    await expect(RunFolder.open(path)).rejects.toThrow("a part of the path is a file, not a folder; check the path");
  });
});

describe("a checkpoint is due", () => {
  it("after so many updates, or else about every half minute, but for at most a twentieth of the time", async () => {
    const counted = new SaveClock(4);
    expect([1, 4, 6, 8].filter((update) => counted.due(update))).toEqual([4, 8]);
    let now = 0;
    const timed = new SaveClock(undefined, () => now);
    const dueAt = (time: number) => {
      now = time;
      return timed.due(1);
    };
    expect([0, 29_999, 30_000].map(dueAt)).toEqual([false, false, true]);
    await timed.save(async () => {
      now += 10_000;
    });
    expect([70_000, 239_999, 240_000].map(dueAt)).toEqual([false, false, true]);
  });
});

describe("where a run stands", () => {
  const settings = { seed: 5, accumulationSteps: 2 };
  const at = (step: number, batchesPerEpoch: number): Checkpoint => {
    const plain = checkpoint(step);
    return { ...plain, notes: new Map([...plain.notes, ...positionNotes(step, settings, batchesPerEpoch)]) };
  };

  it("is the batches taken of its epoch, the seed and the update", () => {
    let [epoch, batch] = [0, 0];
    for (let made = 0; made < 20; made++) {
      const notes = positionNotes(made, settings, 7);
      expect([...notes.values()].map((text) => JSON.parse(text))).toEqual([
        { epoch, batch },
        { seed: 5, update: made },
      ]);
      for (let i = 0; i < 2; i++) [epoch, batch] = batch === 6 ? [epoch + 1, 0] : [epoch, batch + 1];
    }
  });

  it("is checked before it goes on", () => {
    const goOn = (from: Checkpoint, seed = 5) => checkPosition("c", from, { ...settings, seed }, 7);
    goOn(at(11, 7));
    const due = 'after update 11 of this run it is {"epoch":3,"batch":1}; take another checkpoint';
    expect(() => goOn(at(11, 8))).toThrow(`c: its position is {"epoch":2,"batch":6}, ${due}`);
    expect(() => goOn(checkpoint(11))).toThrow(`c: its position is missing, ${due}`);
    expect(() => goOn(at(11, 7), 6)).toThrow('c: its random is {"seed":5,"update":11}, after update 11');
    const stepped = at(11, 7);
    expect(() => goOn({ ...stepped, notes: new Map(stepped.notes).set("step", "12") })).toThrow(
      'c: its position is {"epoch":3,"batch":1}, after update 12 of this run it is {"epoch":3,"batch":3}',
    );
  });
});

describe("another run", () => {
  it.each<[string, RunIdentity, string, string, string]>([
    ["recipe", { ...identity, settings: { ...recipes.digits, seed: 7 } }, "recipe.seed", "0", "7"],
    ["model", { ...identity, config: { ...config, lifGroup: 2 } }, "model.lifGroup", "4", "2"],
    ["data", { ...identity, images: 61 }, "data.images", "60", "61"],
    [
      "preparation",
      { ...identity, preprocessing: { ...preprocessing, mean: [0.2] } },
      "data.preprocessing.mean",
      "[0.1]",
      "[0.2]",
    ],
  ])("is told by the first difference: %s", (_, other, name, there, here) => {
    expect(firstDifference(checkpoint(1), identity)).toBeUndefined();
    expect(firstDifference(checkpoint(1), other)).toEqual({ name, there, here });
  });
});
