import type { MemoryPlan } from "@snnmlp/tensor";
import type { SnnmlpConfig } from "../config.js";
import type { RunSettings } from "./recipe.js";
import type { RunSchedules } from "./schedules.js";

const grouped = new Intl.NumberFormat("en-US");
const count = (value: number): string => grouped.format(value);
const rate = (value: number): string => String(Number(value.toPrecision(3)));

/** What is trained, on a line: `pico: 32x32x1, patch 4, embed 32, depths 1,1,2,1, LIF groups of 4`. */
export function modelLine(name: string, config: SnnmlpConfig): string {
  const { imageSize, inChannels, numClasses, patchSize, embedDim, depths, lifGroup, dropPath, surrogate, output } =
    config;
  const parts = [
    `${imageSize}x${imageSize}x${inChannels}, ${count(numClasses)} classes`,
    `patch ${patchSize}, embed ${embedDim}, depths ${depths.join(",")}`,
    lifGroup === -1 ? "no LIF" : `LIF groups of ${lifGroup}`,
    ...(surrogate === "none" ? [] : [`surrogate ${surrogate}`]),
    ...(output === "membrane" ? [] : [`output ${output}`]),
    ...(dropPath > 0 ? [`drop path ${dropPath}`] : []),
  ];
  return `${name}: ${parts.join(", ")}`;
}

/** How it is trained, on a line: updates, images each, and the rates that they run at. */
export function recipeLine(settings: RunSettings, { updates, main, lif }: RunSchedules): string {
  const { epochs, batchSize, accumulationSteps, scheduler, warmupEpochs, weightDecay, clip, emaDecay, seed } = settings;
  const highest = (schedule: (update: number) => number): string => {
    let most = 0;
    for (let update = 0; update < updates; update++) most = Math.max(most, schedule(update));
    return rate(most);
  };
  const parts = [
    `${epochs === undefined ? "" : `${count(epochs)} epochs, `}${count(updates)} updates of ${batchSize}${accumulationSteps > 1 ? ` x ${accumulationSteps}` : ""} images`,
    `${scheduler}${scheduler === "one-cycle" || warmupEpochs === 0 ? "" : ` after ${warmupEpochs} warm-up epochs`}`,
    `rates up to ${highest(main)}, LIF ${highest(lif)}`,
    `weight decay ${weightDecay}, clip ${clip === 0 ? "none" : clip}`,
    ...(emaDecay > 0 ? [`EMA ${emaDecay}`] : []),
    `seed ${seed}`,
  ];
  return parts.join("; ");
}

/** What is worth knowing before a run starts that may not be meant so. */
export function recipeHint(settings: RunSettings, batchesPerEpoch: number): string | undefined {
  const { epochs, steps = 0, accumulationSteps, scheduler, warmupEpochs } = settings;
  const length = epochs ?? (steps * accumulationSteps) / batchesPerEpoch;
  if (scheduler === "one-cycle" || warmupEpochs < length) return undefined;
  return `the warm-up of ${warmupEpochs} epochs does not end within the run of ${Number(length.toFixed(2))}; shorten it with --warmup-epochs`;
}

/** What a step needs, before it runs: `one step: 293 launches, 77.7 MB (...)`. */
export function memoryLine({ dispatches, peakBytes, capturedBytes, arenaBytes, largest }: MemoryPlan): string {
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  const parts = `${mb(capturedBytes)} parameters, state and inputs, ${mb(arenaBytes)} activations`;
  const top = largest[0] ? `; largest: ${largest[0].op} ${mb(largest[0].bytes)}` : "";
  return `one step: ${dispatches} launches, ${mb(peakBytes)} (${parts}${top})`;
}
