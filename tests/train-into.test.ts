import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDevice } from "@snnmlp/tensor";
import { type BatchSource, parseConfig, RunFolder, recipes, standingOf, trainInto, withSettings } from "snnmlp";
import { afterAll, expect, it } from "vitest";
import { noise } from "./kernels/run-launch.js";
import { smallConfig } from "./support/small-training.js";

const top = mkdtempSync(join(tmpdir(), "train-into-"));
afterAll(() => rmSync(top, { recursive: true }));

const settings = withSettings(recipes.digits, { steps: 3, batchSize: 4 });
const preprocessing = { mean: [0.4], std: [0.3], padding: 0 };
const identity = { config: parseConfig(smallConfig), settings, preprocessing, images: 8 };
const evaluation = { top1: 0.5, top5: 1, loss: 2, images: 8, notFinite: 0, imagesPerSecond: 1 };

/** Four images of noise an update; `stop` is called before that of `stopAt`. */
const batchesOf = (stopAt: number, stop: () => void): BatchSource => ({
  batchesPerEpoch: 2,
  at: async (update) => {
    if (update === stopAt) stop();
    const images = Uint8Array.from(noise(4 * 28 * 28, update), (x) => 127 * (x + 1));
    const labels = Int32Array.of(0, 3, 6, 9);
    return { images, labels, indices: Uint32Array.of(0, 1, 2, 3), erase: new Int32Array(16), count: 4 };
  },
});

/** Trains, or goes on, as the command does; stopped while it makes update `stopAt`, from 0. */
async function runIn(path: string, stopAt = -1): Promise<string> {
  await using device = await openDevice({ software: "allow" });
  await using folder = await RunFolder.open(path);
  const controller = new AbortController();
  const told: string[] = [];
  const say = (line: string): void => void told.push(line);
  const { from } = await standingOf(folder, identity, 3, undefined, say);
  const job = {
    ...{ device, name: "small", identity, from, folder, yaml: "name: small\n", note: say, warn: say },
    ...{ evalEvery: 1, logLifEvery: 0, onNotFinite: "stop" as const, signal: controller.signal },
    batches: batchesOf(stopAt, () => controller.abort()),
    evaluate: async () => evaluation,
  };
  return await trainInto(job).then(
    ({ steps }) => `${steps} steps; ${told.join("; ")}`,
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

it("a library trains resumably without the command line: stopped and gone on, to the same bits", async () => {
  const [whole, stopped] = [join(top, "whole"), join(top, "stopped")];
  expect(await runIn(whole)).toMatch(/^3 steps; small: 28x28x1/);
  expect(await runIn(stopped, 1)).toMatch(/^Interrupted: stopped after update 2 of 3; go on with the same command/);
  expect(await runIn(stopped)).toMatch(/^3 steps; going on after update 2 of 3/);
  const bytes = (path: string) => readFileSync(join(path, "checkpoint.safetensors"));
  expect(bytes(stopped).equals(bytes(whole))).toBe(true);
  const lines = readFileSync(join(stopped, "metrics.jsonl"), "utf8").trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line).step)).toEqual([1, 2, 2, 3, 3]);
});
