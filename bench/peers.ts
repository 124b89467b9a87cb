import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { findAdapter } from "@snnmlp/tensor";
import { type Elsewhere, runElsewhere } from "./contest/elsewhere.js";
import { installPeers } from "./contest/install.js";
import { type Ready, Side, type SideName, sideNames } from "./contest/side.js";
import { type Heat, heats } from "./contest/tasks.js";
import { count, list, parse, wrong } from "./lib/options.js";
import { geometricMean, median, rounded } from "./lib/sample.js";
import { integer, printTable, short } from "./lib/table.js";

/** The same work by this project, TensorFlow.js and jax-js on one adapter, taking turns run by run. */
const help = `
npm run bench:peers -- [options]

  --tasks A,B      parts of the names of ${heats.length} tasks: matmul, matmul-dw, lif, norm, depthwise,
                   nano-train, tiny-forward, tiny-train (default all)
  --runs N         rounds; each side runs once a round (default 5)
  --peers A,B      tfjs, jax (default both)
  --toggles A,-B   Dawn toggles of all sides (default skip_validation,disable_robustness,allow_unsafe_apis)
  --peer-dir DIR   also run this folder's scripts, after the rounds: see contest/elsewhere.ts
  --timeout S      seconds a side may take to get ready (default 900)
  --out FILE       where the JSON goes (default bench/results/peers-DATE-ADAPTER.json for all tasks, else nowhere)
  --json           print the JSON, too

A side is a process. It runs its task twice to get ready; then the sides take turns. faster: the better peer's median over
ours. jax-js compiles hundreds of pipelines first: minutes while the driver's shader cache is cold.`;

const values = parse(
  {
    tasks: { type: "string" },
    runs: { type: "string", default: "5" },
    peers: { type: "string", default: "tfjs,jax" },
    toggles: { type: "string", default: "skip_validation,disable_robustness,allow_unsafe_apis" },
    "peer-dir": { type: "string" },
    timeout: { type: "string", default: "900" },
    out: { type: "string" },
  },
  help,
);
const runs = count("runs", values.runs);
const timeoutMs = 1000 * count("timeout", values.timeout);
const toggles = list(values.toggles);
const peers = list(values.peers);
const unknown = peers.find((name) => name === "ours" || !sideNames.some((side) => side === name));
if (unknown !== undefined) wrong(`--peers takes tfjs, jax, got "${unknown}"`);
const sides = sideNames.filter((name) => name === "ours" || peers.includes(name));
const parts = list(values.tasks);
const chosen = heats.filter(({ name }) => parts.length === 0 || parts.some((part) => name.includes(part)));
if (chosen.length === 0) wrong(`--tasks "${values.tasks}" names none of ${heats.map(({ name }) => name).join(", ")}`);
if (values.adapter !== undefined) wrong("the peers take the system's adapter; leave --adapter out");

if (peers.length > 0) installPeers();
const { name: adapter, kind } = await findAdapter({ software: "allow" });
console.error(`adapter: ${adapter}`);

/** One side at one task. */
interface Score extends Ready {
  readonly msMedian: number;
  readonly msMin: number;
  /** CPU time of the cheapest run. */
  readonly cpuMsMin: number;
  readonly peakBytes: number;
}
interface Result {
  readonly name: string;
  readonly scores: Partial<Record<SideName, Score>>;
  readonly elsewhere: readonly Elsewhere[];
  /** The better peer's median over ours; without a peer, nothing. */
  readonly faster?: number;
  readonly bar: number;
}

const results: Result[] = [];
for (const heat of chosen) {
  const result = await compete(heat);
  results.push(result);
  const each = Object.entries(result.scores).map(([side, { msMedian }]) => `${side} ${short(msMedian)} ms`);
  console.error(`${heat.name}: ${each.join(", ")}`);
}
const report = {
  date: new Date().toISOString(),
  command: `npm run bench:peers -- ${process.argv.slice(2).join(" ")}`.trim(),
  adapter,
  toggles,
  runs,
  results,
};
const text = JSON.stringify(report, (_, value) => (typeof value === "number" ? rounded(value) : value), 2);
const whole = parts.length === 0 ? `../results/peers-${report.date.slice(0, 10)}-${kind}.json` : undefined;
const out = values.out ?? (whole && fileURLToPath(new URL(whole, import.meta.url)));
if (out !== undefined) {
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, `${text}\n`);
}
if (values.json) console.log(text);
else print();

async function compete(heat: Heat): Promise<Result> {
  const started: { side: Side; ready: Ready; times: { ms: number; cpuMs: number }[] }[] = [];
  try {
    for (const name of sides) {
      if (name === "jax") console.error(`${heat.name}: jax-js gets ready, minutes when the shader cache is cold`);
      started.push({ ...(await Side.start(name, heat.task, toggles, timeoutMs)), times: [] });
    }
    for (let round = 0; round < runs; round++) {
      for (const { side, times } of started) times.push(await side.run());
    }
    const scores: Partial<Record<SideName, Score>> = {};
    for (const { side, ready, times } of started) {
      const peakBytes = await side.end();
      const wall = times.map(({ ms }) => ms);
      const cpuMsMin = Math.min(...times.map(({ cpuMs }) => cpuMs));
      scores[side.name] = { msMedian: median(wall), msMin: Math.min(...wall), cpuMsMin, ...ready, peakBytes };
    }
    const folder = values["peer-dir"];
    const elsewhere = folder === undefined ? [] : runElsewhere(folder, heat, runs, timeoutMs);
    const theirs = [scores.tfjs, scores.jax].flatMap((score) => score?.msMedian ?? []);
    const faster = Math.min(...theirs) / (scores.ours?.msMedian ?? Number.NaN);
    return { name: heat.name, scores, elsewhere, ...(theirs.length > 0 && { faster }), bar: heat.bar };
  } finally {
    for (const { side } of started) side.kill();
  }
}

function print(): void {
  const head = [
    "task",
    "side",
    "ms",
    "fastest",
    "faster",
    "bar",
    "dispatches",
    "submits",
    "pipelines",
    "first ms",
    "MiB",
  ];
  const rows = results.flatMap(({ name, scores, elsewhere, faster, bar }) => [
    ...Object.entries(scores).map(([side, score]) => [
      name,
      side,
      short(score.msMedian),
      short(score.msMin),
      short(score.cpuMsMin),
      side === "ours" && faster !== undefined ? `${short(faster)}x` : "",
      side === "ours" ? `${bar}x` : "",
      integer(score.dispatches),
      integer(score.submits),
      integer(score.pipelines),
      integer(score.firstMs),
      (score.peakBytes / 2 ** 20).toFixed(1),
    ]),
    ...elsewhere.map(({ peer, msMedian }) => [name, `${peer}, --peer-dir`, short(msMedian)]),
  ]);
  printTable([head, ...rows]);
  const matmuls = results.filter(({ name }) => name.startsWith("matmul")).flatMap(({ faster }) => faster ?? []);
  if (matmuls.length > 1) console.log(`matmul, geometric mean: ${short(geometricMean(matmuls))}x`);
  if (out !== undefined) console.log(`wrote ${out}`);
}
