import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RunFolder } from "snnmlp";
import { afterAll, beforeEach, describe, expect, it } from "vitest";

const top = mkdtempSync(join(tmpdir(), "run-lock-"));
afterAll(() => rmSync(top, { recursive: true }));
const built = fileURLToPath(new URL("../packages/snnmlp/dist/index.js", import.meta.url));
let path = "";
let runs = 0;
beforeEach(() => {
  path = join(top, `run-${runs++}`);
});

describe("a run's lock", () => {
  const token = "0123456789abcdef";
  it("keeps a second run out until the first ends", async () => {
    const first = await RunFolder.open(path);
    const second = RunFolder.open(path);
    await expect(second).rejects.toThrow(
      `${path}: another run writes here (process ${process.pid} on ${hostname()}); wait`,
    );
    await first.close();
    await (await RunFolder.open(path)).close();
  });

  it("of a killed process is taken over at once, of another's number too", async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    await once(child, "spawn");
    mkdirSync(path);
    const lock = join(path, "run.lock");
    // The number is alive, but this process did not begin when the lock says.
    const stale = { pid: child.pid, host: hostname(), started: "1", token };
    writeFileSync(lock, JSON.stringify(stale));
    await (await RunFolder.open(path)).close();
    child.kill("SIGKILL");
    await once(child, "exit");
    writeFileSync(lock, JSON.stringify({ ...stale, started: "" }));
    await (await RunFolder.open(path)).close();
    expect(existsSync(lock)).toBe(false);
  });

  it("of another machine holds as long as that shows signs of life", async () => {
    mkdirSync(path);
    const lock = join(path, "run.lock");
    writeFileSync(lock, JSON.stringify({ pid: 1, host: "elsewhere", started: "", token }));
    await expect(RunFolder.open(path)).rejects.toThrow("process 1 on elsewhere");
    utimesSync(lock, 0, 0);
    await (await RunFolder.open(path)).close();
  });

  it.each(["", "{", '{"pid":1,"host":"x","started":"","token":"../../x"}'])(
    "that cannot be read, as while it is written, holds for a minute: %j",
    async (content) => {
      mkdirSync(path);
      const lock = join(path, "run.lock");
      writeFileSync(lock, content);
      const message = `another run writes here (${lock} cannot be read); wait for it, choose another --out, or delete ${lock}`;
      await expect(RunFolder.open(path)).rejects.toThrow(message);
      expect(readFileSync(lock, "utf8")).toBe(content);
      utimesSync(lock, 0, 0);
      await (await RunFolder.open(path)).close();
      expect(readdirSync(path)).toEqual([]);
    },
  );

  it("of a dead run goes to one of many that start at once, also where one died taking it over", async () => {
    const dead = { pid: 2 ** 22 + 1, host: hostname(), started: "1", token };
    for (const heir of [false, true]) {
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, "run.lock"), JSON.stringify(dead));
      const other = { ...dead, token: "fedcba9876543210" };
      if (heir) writeFileSync(join(path, `run.lock.${token}`), JSON.stringify(other));
      const runs = await Promise.all(Array.from({ length: starters }, start));
      const go = Date.now() + 300;
      for (const { stdin } of runs) stdin.write(`${go}\n`);
      const said = await Promise.all(runs.map(async ({ stdout }) => String((await once(stdout, "data"))[0]).trim()));
      expect(said.filter((text) => text === "locked")).toHaveLength(1);
      expect(said.filter((text) => text.startsWith(`RunFolderError: ${path}: another run`))).toHaveLength(starters - 1);
      expect(readdirSync(path)).toEqual(["run.lock"]);
      for (const { stdin } of runs) stdin.end();
      await Promise.all(runs.map((run) => once(run, "exit")));
      expect(readdirSync(path)).toEqual([]);
    }
  });
});

const starters = 5;

/** A process that opens the folder at the time it is told, says what came of it, and holds on to it until told to end. */
async function start() {
  const code = `
    import { RunFolder } from ${JSON.stringify(built)};
    process.stdout.write("ready\\n");
    process.stdin.once("data", async (go) => {
      while (Date.now() < Number(go));
      try {
        const folder = await RunFolder.open(${JSON.stringify(path)});
        process.stdin.once("end", () => folder.close()).resume();
        process.stdout.write("locked\\n");
      } catch (error) {
        process.stdout.write(String(error) + "\\n");
      }
    });`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}
