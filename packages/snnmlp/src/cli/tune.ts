import {
  resetUserTuning,
  type TunedAdapter,
  type TuningInForce,
  type TuningsInForce,
  tune,
  tuningInForce,
  userTuningPath,
  writeUserTuning,
} from "@snnmlp/tensor";
import type { Command } from "commander";
import { openFor } from "./device.js";
import { type DeviceOptions, withDevice } from "./options.js";
import { printJson, printLine, table } from "./output.js";

interface TuneOptions extends DeviceOptions {
  readonly quick: boolean;
  readonly explain: boolean;
  readonly reset: boolean;
}

/** An entry of the table: what was chosen, and how every variant did. */
type Entry = Omit<TuningInForce, "source">;
type Timed = Extract<Entry["measured"][number], { ms: number }>;

/** `snnmlp tune`: measures which kernels are fastest on an adapter, for every command from then on. */
export function addTune(program: Command): void {
  const command = program
    .command("tune")
    .description("measure which variant of the matrix product is fastest on this adapter, and use it from now on")
    .option("--quick", "measure less of everything: seconds instead of a minute on a CPU", false)
    .option("--explain", "print the table in force, where it comes from and what it rests on", false)
    .option("--reset", "delete what was measured here: back to the shipped table", false)
    .addHelpText("after", notes);
  withDevice(command).action(async (options: TuneOptions) => {
    if (options.explain) await explain(options);
    else if (options.reset) await reset(options);
    else await measure(options);
  });
  for (const option of command.options) {
    if (option.long === "--explain") option.conflicts(["reset", "quick"]);
    if (option.long === "--reset") option.conflicts("quick");
  }
}

const notes = `
Every variant is compared with its float64 reference before it is timed. Let nothing else run meanwhile.
The result lies in the cache folder (SNNMLP_CACHE_DIR, else XDG_CACHE_HOME/snnmlp, else ~/.cache/snnmlp), one file per
adapter and driver, and overrides the table that is shipped.`;

/** The adapter, opened without the user's file: it may be what is to be replaced. */
const open = (options: TuneOptions) => openFor(options, "shipped");

async function measure(options: TuneOptions): Promise<void> {
  await using device = await open(options);
  const tuning = await tune(device, {
    quick: options.quick,
    onResult: (entry) => {
      if (!options.json) printLine(summary(entry));
    },
  });
  const path = await writeUserTuning(tuning);
  if (options.json) printJson({ path, ...tuning });
  else printLine(`written to ${path}`);
}

async function reset(options: TuneOptions): Promise<void> {
  const adapter = await find(options);
  const deleted = await resetUserTuning(adapter);
  const path = userTuningPath(adapter);
  if (options.json) printJson({ path, deleted });
  else printLine(deleted ? `deleted ${path}` : `nothing to delete: ${path} does not exist`);
}

async function explain(options: TuneOptions): Promise<void> {
  const adapter = await find(options);
  const found = tuningInForce(adapter);
  if (options.json)
    printJson({ adapter: adapter.name, kind: adapter.kind, ...found, entries: found.entries.map(withReason) });
  else print(adapter, found);
}

async function find(options: TuneOptions): Promise<TunedAdapter> {
  await using device = await open(options);
  return { kind: device.profile.kind, name: device.capabilities.name };
}

function print({ kind }: TunedAdapter, { shipped, user, userPath, entries }: TuningsInForce): void {
  const by = ({ date, command }: { date: string; command: string }): string => `measured on ${date} by ${command}`;
  printLine(`shipped for ${kind}: ${shipped ? `${by(shipped)} on ${shipped.adapter}` : "no table"}`);
  printLine(`yours: ${user ? `${by(user)}, ${userPath}` : "none; snnmlp tune measures this machine"}`);
  printLine();
  if (entries.length === 0) printLine("in force: what is usual for this kind of adapter");
  else for (const line of aligned(entries)) printLine(line);
}

/** The table, its last column to the left too. */
function aligned(entries: readonly TuningInForce[]): string[] {
  const all = [["product", "variant", "ms", "GFLOP/s", "from", "why"], ...entries.flatMap(rows)];
  const width = Math.max(...all.map((row) => row.at(-1)?.length ?? 0));
  return table(all.map((row) => [...row.slice(0, -1), row.at(-1)?.padEnd(width) ?? ""]));
}

/** The chosen variant first, then the others, fastest first; wrong ones last. */
function rows(entry: TuningInForce): string[][] {
  const ranked = timedOf(entry);
  const chosen = ranked.find(({ variant }) => variant === entry.variant);
  const others = ranked.filter((one) => one !== chosen);
  const from = entry.source === "user" ? "yours" : "shipped";
  const cells = ({ variant, ms, gflops }: Timed): string[] => [variant, number(ms), number(gflops)];
  return [
    ...(chosen ? [[entry.key, ...cells(chosen), from, reason(entry)]] : []),
    ...others.map((other) => ["", ...cells(other), "", `${number(other.ms / (chosen?.ms ?? other.ms))} x the time`]),
    ...entry.measured.flatMap((one) => ("wrong" in one ? [["", one.variant, "", "", "", `wrong: ${one.wrong}`]] : [])),
  ];
}

const timedOf = ({ measured }: Entry): Timed[] =>
  measured.flatMap((one) => ("ms" in one ? [one] : [])).sort((a, b) => a.ms - b.ms);

/** The fastest of the variants that were not chosen, and its time over that of the chosen one. */
function nextBest(entry: Entry): { readonly variant: string; readonly ratio: number } | undefined {
  const ranked = timedOf(entry);
  const chosen = ranked.find(({ variant }) => variant === entry.variant);
  const next = ranked.find((one) => one !== chosen);
  return chosen && next ? { variant: next.variant, ratio: next.ms / chosen.ms } : undefined;
}

function reason(entry: Entry): string {
  const next = nextBest(entry);
  if (!next) return "nothing else computes right";
  if (next.ratio >= 1) return `${number(next.ratio)} x as fast as ${next.variant}`;
  return `the usual one; ${next.variant} is just ${number(1 / next.ratio)} x as fast`;
}

const withReason = (entry: TuningInForce) => ({ ...entry, nextBest: nextBest(entry) });

function summary(entry: Entry): string {
  const chosen = timedOf(entry).find(({ variant }) => variant === entry.variant);
  const wrong = entry.measured.flatMap((one) => ("wrong" in one ? [`; ${one.variant} is WRONG: ${one.wrong}`] : []));
  const rate = `${number(chosen?.gflops ?? 0)} GFLOP/s`;
  return `${entry.key.padEnd(16)}  ${entry.variant}, ${rate}, ${reason(entry)}${wrong.join("")}`;
}

/** Three digits that matter. */
const number = (value: number): string => String(Number(value.toPrecision(3)));
