import { type AdapterSummary, listAdapters } from "@snnmlp/tensor";
import type { Command } from "commander";
import { type Finding, inspectEnvironment } from "../doctor/environment.js";
import { type SelfTest, selfTest } from "../doctor/self-test.js";
import { openFor } from "./device.js";
import { type CommonOptions, withCommon } from "./options.js";
import { printJson, printLine } from "./output.js";

interface DoctorOptions extends CommonOptions {
  readonly adapter?: string;
}

/** What `doctor --json` prints. */
interface Diagnosis {
  readonly ok: boolean;
  readonly environment: readonly Finding[];
  readonly adapters: readonly AdapterSummary[];
  /** On the adapter a command would take; `error` where none opens. */
  readonly selfTest: SelfTest | { readonly error: string };
}

/** `snnmlp doctor`: what is here, what is missing, and whether the adapter computes right. */
export function addDoctor(program: Command): void {
  const command = program
    .command("doctor")
    .description("show the adapters of this machine and what is missing, and check every kernel on the best one")
    .option("--adapter <name>", "check this one: a part of its name, or lavapipe, or swiftshader")
    .addHelpText(
      "after",
      "\nSoftware adapters are always allowed here. Exit code 1 when no adapter opens or a kernel is wrong.",
    );
  withCommon(command).action(async ({ json, adapter, debug }: DoctorOptions) => {
    const environment = inspectEnvironment();
    const adapters = await listAdapters();
    const tested = await test({ json, debug, allowSoftware: true, ...(adapter !== undefined && { adapter }) });
    const ok = "checks" in tested && tested.ok;
    if (!ok) process.exitCode = 1;
    const diagnosis: Diagnosis = { ok, environment, adapters, selfTest: tested };
    if (json) printJson(diagnosis);
    else print(diagnosis);
  });
}

async function test(options: Parameters<typeof openFor>[0]): Promise<Diagnosis["selfTest"]> {
  try {
    await using device = await openFor(options);
    return await selfTest(device);
  } catch (error) {
    if (options.debug) throw error;
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function print({ environment, adapters, selfTest: tested }: Diagnosis): void {
  for (const { name, status, detail, fix } of environment) {
    printLine(`${mark(status === "ok")} ${name}: ${detail}${fix ? `; ${fix}` : ""}`);
  }
  for (const adapter of adapters) printLine(describe(adapter));
  if ("error" in tested) {
    printLine(`${mark(false)} self-test: ${tested.error}`);
    return;
  }
  for (const { kernel, error, tolerance } of tested.checks.filter((check) => !check.ok)) {
    printLine(
      `${mark(false)} kernel ${kernel}: off by ${error.toExponential(1)} (relative), allowed ${tolerance.toExponential(0)}`,
    );
  }
  const { checks, adapter, seconds } = tested;
  const worst = Math.max(...checks.map(({ error }) => error));
  const summary = `${checks.length} kernels on ${adapter}, largest relative error ${worst.toExponential(1)}`;
  printLine(`${mark(tested.ok)} self-test: ${summary}, ${seconds.toFixed(1)} s`);
}

const mark = (good: boolean): string => (good ? "ok     " : "MISSING");

function describe(adapter: AdapterSummary): string {
  if ("reason" in adapter) {
    return `${mark(false)} ${adapter.source} adapter: ${adapter.reason}${adapter.fix ? `; ${adapter.fix}` : ""}`;
  }
  const { source, name, software, subgroupSize, limits, features } = adapter;
  const mebibytes = (bytes: number): string => `${Math.floor(bytes / 2 ** 20)} MiB`;
  const extras = ["shader-f16", "subgroups", "timestamp-query"].filter((feature) => features.includes(feature));
  return [
    `${mark(true)} ${source} adapter: ${name}${software ? " (SOFTWARE, on the CPU)" : ""}`,
    `largest tensor ${mebibytes(limits.maxStorageBufferBindingSize)}, buffer ${mebibytes(limits.maxBufferSize)}`,
    `subgroups of ${[...new Set(subgroupSize)].join(" to ")}`,
    `features ${extras.join(", ") || "none"}`,
  ].join("; ");
}
