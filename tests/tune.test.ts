import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shippedTunings, type Tuning, type TuningTable, tableOf, tuningKeys } from "@snnmlp/kernels-wgsl";
import {
  type Backend,
  compile,
  Device,
  matmul,
  openDevice,
  openOracle,
  readUserTuning,
  resetUserTuning,
  tensor,
  tune,
  tuningInForce,
  userTuningPath,
  writeUserTuning,
} from "@snnmlp/tensor";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { noise } from "./kernels/run-launch.js";
import { runCli } from "./support/cli.js";

const folder = mkdtempSync(join(tmpdir(), "tune-"));
process.env.SNNMLP_CACHE_DIR = folder;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const device = await openDevice({ software: "allow" });
afterAll(() => device.close());
const { kind } = device.profile;
const { name } = device.capabilities;
const adapter = { kind, name };
const path = userTuningPath(adapter);
const small: Tuning["entries"][number] = {
  key: "matmul/nn/small",
  variant: "naive",
  shapes: [[64, 64, 64]],
  measured: [
    { variant: "naive", ms: 0.5, gflops: 1.05 },
    { variant: "tiled", ms: 1.25, gflops: 0.42 },
    { variant: "lanes-4", wrong: "off by 1.0e+0, allowed 0.00001" },
  ],
};
const mine: Tuning = { kind, adapter: name, date: "2026-01-02", command: "snnmlp tune", entries: [small] };

describe("the user's file", () => {
  beforeEach(() => resetUserTuning(adapter));

  it("is named after the adapter and comes back as it was written, leaving nothing beside it", async () => {
    expect(readUserTuning(adapter)).toBeUndefined();
    expect(await writeUserTuning(mine)).toBe(path);
    expect(path).toMatch(new RegExp(`/tuning-${kind}-[a-z0-9-]+\\.json$`));
    expect(readUserTuning(adapter)).toEqual(mine);
    expect(readdirSync(folder)).toEqual([path.slice(folder.length + 1)]);
    expect([await resetUserTuning(adapter), await resetUserTuning(adapter)]).toEqual([true, false]);
  });

  it("overrides the shipped table when a device opens", async () => {
    await writeUserTuning(mine);
    const table = async (tuning?: "shipped" | "user" | TuningTable, kernels?: "naive") => {
      await using opened = await openDevice({
        software: "allow",
        ...(tuning && { tuning }),
        ...(kernels && { kernels }),
      });
      return opened.profile.tuning;
    };
    const shipped = tableOf(shippedTunings[kind]);
    expect(await table()).toEqual({ ...shipped, "matmul/nn/small": "naive" });
    expect(await table("shipped")).toEqual(shipped);
    expect(await table({ "matmul/nt/tall": "tiled" })).toEqual({ "matmul/nt/tall": "tiled" });
    expect(await table("user", "naive")).toBeUndefined();
    const sources = tuningInForce(adapter).entries.map(({ key, source }) => [key, source]);
    expect(sources).toContainEqual(["matmul/nn/small", "user"]);
    if (shippedTunings[kind]) expect(sources).toContainEqual(["matmul/tn/tall", "shipped"]);
  });

  const told = { fix: "; measure again with snnmlp tune, or delete the file with snnmlp tune --reset" };
  it.each<[string, (file: Tuning) => unknown, string]>([
    ["is cut off", (file) => JSON.stringify(file).slice(0, 99), "is not a tuning of this version: Unterminated string"],
    ["is no object", () => "[]", "is not a tuning of this version: the document: Invalid input"],
    ["lacks a part", ({ date: _, ...rest }) => rest, "is not a tuning of this version: date: Invalid input"],
    [
      "has an unknown variant",
      (file) => ({ ...file, entries: [{ ...small, variant: "lanes-3" }] }),
      'is not a tuning of this version: entries[0].variant: Invalid option: expected one of "naive"',
    ],
    [
      "has an unknown key",
      (file) => ({ ...file, entries: [{ ...small, key: "matmul/nn/huge" }] }),
      "is not a tuning of this version: entries[0].key: Invalid option",
    ],
    [
      "has a part nobody knows",
      (file) => ({ ...file, speed: 1 }),
      'is not a tuning of this version: the document: Unrecognized key: "speed"',
    ],
    [
      "chooses what was wrong",
      (file) => ({ ...file, entries: [{ ...small, variant: "lanes-4" }] }),
      "is not a tuning of this version: entries[0].variant: lanes-4 is chosen but was not timed",
    ],
    [
      "has an entry twice",
      (file) => ({ ...file, entries: [small, small] }),
      "is not a tuning of this version: entries: a key occurs twice",
    ],
    [
      "is another adapter's",
      (file) => ({ ...file, adapter: "Voodoo 2" }),
      `holds measurements of ${kind} Voodoo 2, not of ${kind} ${name}`,
    ],
  ])("that %s is named when a device opens, with the fix", async (_, damage, expected) => {
    const content = damage(mine);
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    const error = await openDevice({ software: "allow" }).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ name: "TuningFileError", path });
    const { message } = error as Error;
    expect(message).toContain(`${path}: ${expected}`);
    expect(message.endsWith(told.fix)).toBe(true);
    await using shipped = await openDevice({ software: "allow", tuning: "shipped" });
    expect(shipped.capabilities.name).toBe(name);
  });
});

describe("tune", () => {
  it("refuses naive kernels and the oracle", async () => {
    await using naive = await openDevice({ software: "allow", kernels: "naive" });
    const fix = 'runs naive kernels; open it with kernels: "tuned"';
    await expect(tune(naive)).rejects.toThrow(`tune: ${name} ${fix}`);
    await expect(tune(openOracle())).rejects.toThrow(`tune: float64 oracle ${fix}`);
  });

  it("reports a variant that computes nothing and never chooses it", async () => {
    const launch: Backend["launch"] = (op, planned, bindings) => {
      if (!/tiled|blocked|lanes/.test(planned.kernel.name)) device.backend.launch(op, planned, bindings);
    };
    const lame = new Proxy(device.backend, {
      get: (backend, key) => {
        if (key === "launch") return launch;
        const value: unknown = Reflect.get(backend, key);
        return typeof value === "function" ? value.bind(backend) : value;
      },
    });
    const { entries } = await tune(new Device(lame, device.stats), { quick: true, keys: ["matmul/nn/small"] });
    expect(entries).toMatchObject([{ key: "matmul/nn/small", variant: "naive" }]);
    const wrong = entries[0]?.measured.filter((one) => "wrong" in one);
    expect(wrong).toContainEqual({ variant: "tiled", wrong: "off by Infinity, allowed 0.00001" });
    expect(entries[0]?.measured).toHaveLength((wrong?.length ?? 0) + 1);
  });

  it("leaves no tensor behind", async () => {
    const before = device.stats.liveTensors;
    await tune(device, { quick: true, keys: ["matmul/tn/small"] });
    expect(device.stats.liveTensors).toBe(before);
  });
});

it("with any table eager and recorded products have the same bits", async () => {
  for (const variant of ["tiled", "lanes-1"] as const) {
    const tuning = Object.fromEntries(tuningKeys.map((key) => [key, variant]));
    await using opened = await openDevice({ software: "allow", tuning });
    const a = tensor(opened, noise(44 * 36), [44, 36]);
    const b = tensor(opened, noise(36 * 52, 2), [36, 52]);
    using program = await compile(opened, { a, b }, (inputs) => matmul(inputs.a, inputs.b));
    expect(await program.run().read()).toEqual(await matmul(a, b).read());
  }
});

describe("snnmlp tune", () => {
  const cli = (...args: string[]) => runCli(["tune", "--allow-software", ...args], 300_000);

  it("measures, keeps the result, explains it and deletes it", () => {
    const { code, stdout } = cli("--quick", "--json");
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ path, kind, adapter: name, command: "snnmlp tune --quick" });
    const kept: Tuning = JSON.parse(readFileSync(path, "utf8"));
    expect({ path, ...kept }).toEqual(result);
    expect(kept.entries.map(({ key }) => key)).toEqual(tuningKeys);
    for (const { measured } of kept.entries) expect(measured.filter((one) => "wrong" in one)).toEqual([]);

    const explained = JSON.parse(cli("--explain", "--json").stdout);
    expect(explained).toMatchObject({ adapter: name, kind, user: kept, userPath: path });
    for (const [i, entry] of explained.entries.entries()) {
      expect(entry).toMatchObject({ source: "user", ...kept.entries[i] });
      expect(entry.nextBest.ratio).toBeGreaterThan(0.9);
    }

    expect(cli("--reset")).toMatchObject({ code: 0, stdout: `deleted ${path}\n` });
    expect(cli("--reset")).toMatchObject({ code: 0, stdout: `nothing to delete: ${path} does not exist\n` });
  });

  it("--explain says what was chosen, why, and from where", async () => {
    await writeUserTuning(mine);
    const { code, stdout } = cli("--explain");
    expect(code).toBe(0);
    expect(stdout).toContain(`yours: measured on 2026-01-02 by snnmlp tune, ${path}\n`);
    expect(stdout).toMatch(/^matmul\/nn\/small +naive +0\.5 +1\.05 +yours +2\.5 x as fast as tiled$/m);
    expect(stdout).toMatch(/^ +tiled +1\.25 +0\.42 +2\.5 x the time$/m);
    expect(stdout).toMatch(/^ +lanes-4 +wrong: off by 1\.0e\+0, allowed 0\.00001$/m);
    if (shippedTunings[kind]) expect(stdout).toMatch(/^matmul\/tn\/tall .* shipped +[\d.]+ x as fast as /m);
  });

  it("can replace a damaged file that stops other commands", () => {
    writeFileSync(path, "{}");
    const message = `error: ${path}: is not a tuning of this version: kind: `;
    for (const stopped of [cli("--explain"), runCli(["profile", "--allow-software"])]) {
      expect(stopped).toMatchObject({ code: 1, stdout: "" });
      expect(stopped.stderr).toContain(message);
    }
    expect(cli("--reset")).toMatchObject({ code: 0, stdout: `deleted ${path}\n` });
  });

  it("does one thing at a time", () => {
    expect(cli("--explain", "--reset")).toMatchObject({ code: 2, stdout: "" });
    expect(cli("--explain", "--quick").stderr).toContain("cannot be used with option '--quick'");
  });
});
