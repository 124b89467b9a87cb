import type { Device, MemoryPlan } from "@snnmlp/tensor";
import { Classifier, isModelName, type ModelName, modelNames, models, randomBatch, SNNMLP, TrainingStep } from "snnmlp";
import { commonHelp, count, open, parse, wrong } from "./lib/options.js";
import { median, rounded } from "./lib/sample.js";
import { integer, mebibytes, printTable, short } from "./lib/table.js";

/** Measures a whole training step, or a forward pass, of a named model on random images. */
const help = `
npm run bench:step -- [options]

  --model NAME     ${modelNames.join(", ")} (default nano)
  --batch-size N   images a step (default 32; tiny, small and base 1)
  --runs N         timed runs (default 20; tiny, small and base 3)
  --forward        only the forward pass
  --eager          launch every op anew instead of replaying a Program
  --kernels KIND   tuned (default) or naive${commonHelp}

A run ends when its result is on the host. first step: building the training step (trace and plan, compile) and
its first run; a cold shader cache makes it longer. host: encoding and submitting one replay.`;

const values = parse(
  {
    model: { type: "string", default: "nano" },
    "batch-size": { type: "string" },
    runs: { type: "string" },
    forward: { type: "boolean", default: false },
    eager: { type: "boolean", default: false },
    kernels: { type: "string", default: "tuned" },
  },
  help,
);
const { model: name, forward, eager, kernels } = values;
if (!isModelName(name)) wrong(`--model is one of ${modelNames.join(", ")}, got "${name}"`);
if (kernels !== "tuned" && kernels !== "naive") wrong(`--kernels is tuned or naive, got "${kernels}"`);
if (forward && eager) wrong("--eager is for training steps");
const large = models[name].imageSize > 100;
const batchSize = count("batch-size", values["batch-size"] ?? (large ? "1" : "32"));
const runs = count("runs", values.runs ?? (large ? "3" : "20"));

await using device = await open(values, { kernels });
const { run, plan, buildMs } = await build(device, name);
const first = await timed(run);
const before = { ...device.stats };
const samples = [];
for (let i = 0; i < runs; i++) samples.push(await timed(run));
const after = device.stats;

const perRun = (total: "dispatches" | "submits") => (after[total] - before[total]) / runs;
const replayMs = median(samples.map(({ replayMs }) => replayMs));
const times = samples.map(({ ms }) => ms);
const result = {
  what: forward ? "forward" : "training step",
  model: name,
  batchSize,
  mode: eager ? "eager" : "program",
  kernels,
  adapter: device.capabilities.name,
  software: device.capabilities.software,
  toggles: values.toggles ?? "",
  runs,
  msMedian: rounded(median(times)),
  msMin: rounded(Math.min(...times)),
  imagesPerSecond: rounded((1000 * batchSize) / median(times)),
  dispatches: perRun("dispatches"),
  submits: perRun("submits"),
  /** The most device memory that was held at once. */
  bytes: Math.max(after.peakBytes, after.liveBytes + after.pooledBytes),
  ...(plan && { plan }),
  firstStep: {
    ms: rounded(buildMs + first.ms),
    traceMs: rounded(before.traceMs),
    compileMs: rounded(before.compileMs),
    runMs: rounded(first.ms),
    pipelines: before.pipelines,
  },
  host: {
    /** Until the call returns: inputs written, everything encoded and submitted. */
    callMs: rounded(median(samples.map(({ callMs }) => callMs))),
    ...(!eager && {
      replayMs: rounded(replayMs),
      usPerDispatch: rounded((1000 * replayMs) / perRun("dispatches")),
    }),
  },
};
if (values.json) console.log(JSON.stringify(result, undefined, 2));
else print();

/** What is measured, and how long it took to make: a step's model exists before. */
async function build(device: Device, name: ModelName) {
  const config = models[name];
  const model = new SNNMLP(device, config, { seed: 1 });
  await device.idle();
  const { images, labels, preprocessing } = randomBatch(config, batchSize);
  const start = performance.now();
  if (forward) {
    const classifier = await Classifier.create(model, batchSize, preprocessing);
    return { run: () => classifier.logits(images), plan: undefined, buildMs: performance.now() - start };
  }
  const step = await TrainingStep.create(model, {
    batchSize,
    preprocessing,
    clip: 5,
    weightDecay: 0.05,
    seed: 1,
    eager,
  });
  const buildMs = performance.now() - start;
  let update = 0;
  const run = () => step.run({ images, labels }, ++update, { main: 1e-4, lif: 1e-4 });
  return { run, plan: step.plan, buildMs };
}

/** One run, until its result is on the host. */
async function timed(run: () => Promise<unknown>): Promise<{ ms: number; callMs: number; replayMs: number }> {
  const { hostMs } = device.stats;
  const start = performance.now();
  const pending = run();
  const callMs = performance.now() - start;
  await pending;
  return { ms: performance.now() - start, callMs, replayMs: device.stats.hostMs - hostMs };
}

function print(): void {
  const { firstStep, host } = result;
  printTable([
    [`${result.what}, ${name}, batch ${batchSize}`, result.mode],
    ["ms, median", short(result.msMedian)],
    ["ms, fastest", short(result.msMin)],
    ["runs", String(runs)],
    ["images / s", short(result.imagesPerSecond)],
    ["dispatches a run", integer(result.dispatches)],
    ["submits a run", integer(result.submits)],
    ["peak device memory", mebibytes(result.bytes)],
    ...planRows(plan),
    ["first step, ms", integer(firstStep.ms)],
    ["  trace and plan", integer(firstStep.traceMs)],
    [`  compile ${firstStep.pipelines} pipelines`, integer(firstStep.compileMs)],
    ["  first run", integer(firstStep.runMs)],
    ["host, ms a call", short(host.callMs)],
    ...(host.usPerDispatch === undefined ? [] : [["host, us a dispatch", short(host.usPerDispatch)]]),
  ]);
}

function planRows(plan: MemoryPlan | undefined): string[][] {
  if (!plan) return [];
  return [
    ["  parameters and state", mebibytes(plan.capturedBytes)],
    ["  activations", mebibytes(plan.arenaBytes)],
    ["  activations, lower bound", mebibytes(plan.lowerBoundBytes)],
  ];
}
