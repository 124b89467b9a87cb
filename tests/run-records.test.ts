import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LifFiring, RunRecorder } from "snnmlp";
import { afterAll, expect, it } from "vitest";
import { runCli } from "./support/cli.js";
import { type ReadEvent, readEvents } from "./support/event-file.js";
import { tinyMnist } from "./support/tiny-set.js";

const folder = mkdtempSync(join(tmpdir(), "records-"));
afterAll(() => rmSync(folder, { recursive: true }));

const linesOf = (run: string) =>
  readFileSync(join(run, "metrics.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

/** Events of every file of a run, oldest file first. */
const eventsOf = (run: string): ReadEvent[][] =>
  readdirSync(run)
    .filter((name) => name.startsWith("events.out.tfevents."))
    .map((name) => readEvents(join(run, name)))
    .sort(([a], [b]) => (a?.wallTime ?? 0) - (b?.wallTime ?? 0));

it("a training run writes the same to metrics.jsonl and to TensorBoard: updates, the evaluation, every LIF", () => {
  const run = join(folder, "run");
  const data = tinyMnist(join(folder, "data"), 64, 20);
  const settings = ["--data", data, "--steps", "5", "--batch-size", "8", "--log-lif-every", "2", "--out", run];
  const { code, stderr } = runCli(["train", ...settings, "--allow-software"], 120_000);
  expect([code, stderr]).toEqual([0, expect.not.stringContaining("error")]);
  const lines = linesOf(run);
  const [events = [], ...others] = eventsOf(run);
  expect(others).toEqual([]);
  const steps = (tag: string) => events.filter(({ scalars }) => tag in scalars).map(({ step }) => step);
  expect(steps("train/loss")).toEqual([1, 2, 3, 4, 5]);
  expect(steps("evaluation/top-1")).toEqual([5]);
  expect(steps("LIF tau/layers.0.blocks.0 lif1 (H)")).toEqual([1, 2, 4, 5]);
  for (const line of lines) {
    const valuesAt = (tag: string) => events.find(({ step, scalars }) => step === line.step && tag in scalars)?.scalars;
    if (line.lif) {
      expect(Object.keys(line.lif)).toHaveLength(10);
      for (const [name, { tau, vth, fired }] of Object.entries<Record<string, number>>(line.lif)) {
        const label = `${name.replace(".lif_module.", " ")} (${name.endsWith("1") ? "H" : "W"})`;
        const found = valuesAt(`LIF tau/${label}`) ?? {};
        expect(found[`LIF tau/${label}`]).toBe(Math.fround(tau ?? Number.NaN));
        expect(found[`LIF Vth/${label}`]).toBe(Math.fround(vth ?? Number.NaN));
        expect(found[`LIF fired/${label}`]).toEqual(fired === null ? undefined : Math.fround(fired ?? Number.NaN));
        // Stages of 8 and 4 positions have whole groups of 4; those of 2 and 1 have none.
        expect(fired === null).toBe(!/^layers\.[01]/.test(name));
      }
    } else if (line.loss === undefined) {
      expect(valuesAt("evaluation/loss")?.["evaluation/loss"]).toBe(Math.fround(line.evaluation.loss));
      expect(valuesAt("epoch/loss")?.["epoch/loss"]).toBe(Math.fround(line.trainLoss));
    } else {
      expect(valuesAt("train/loss")).toEqual({
        "train/loss": Math.fround(line.loss),
        "train/gradient norm": Math.fround(line.gradientNorm),
        "train/images per second": Math.fround(line.imagesPerSecond),
        "learning rate/main": Math.fround(line.learningRate),
        "learning rate/LIF": Math.fround(line.lifLearningRate),
      });
    }
  }
  expect(events.flatMap(({ texts }) => Object.values(texts))[0]).toContain("batchSize: 8");
});

it("a run that goes on from an update leaves one line each, and takes TensorBoard back", () => {
  const run = join(folder, "resumed");
  const update = (step: number, loss: number) => ({
    ...{ step, epoch: 0, loss, learningRate: 1, lifLearningRate: 0, gradientNorm: 1, imagesPerSecond: 1, seconds: 1 },
  });
  const site = { axis: "H", height: 4, width: 4, active: 4, map: new Float32Array(), share: 0.5 } as const;
  const lif: LifFiring = { name: "layers.0.blocks.0.lif_module.lif1", ...site, tau: 0.25, vth: 0.125 };
  {
    using recorder = new RunRecorder(run, { from: 0, config: "a: 1\n" });
    for (const step of [1, 2, 3, 4]) recorder.step(update(step, 5));
    recorder.lif(2, [lif]);
    recorder.lif(4, [lif]);
  }
  appendFileSync(join(run, "metrics.jsonl"), '{"step":5,"epo');
  {
    using recorder = new RunRecorder(run, { from: 2, config: "a: 1\n" });
    for (const step of [3, 4, 5]) recorder.step(update(step, 7));
    recorder.lif(4, []);
  }
  const lines = linesOf(run);
  expect(lines.map(({ step, loss, lif }) => [step, lif ? "lif" : loss])).toEqual([
    [1, 5],
    [2, 5],
    [2, "lif"],
    [3, 7],
    [4, 7],
    [5, 7],
  ]);
  expect(lines[2].lif).toEqual({ [lif.name]: { tau: 0.25, vth: 0.125, fired: 0.5 } });
  const [first = [], second = []] = eventsOf(run);
  expect(first.filter(({ restart }) => restart)).toEqual([]);
  expect(second.map(({ step, restart }) => [step, restart])).toEqual([
    [0, false],
    [3, true],
    [3, false],
    [4, false],
    [5, false],
  ]);
});
