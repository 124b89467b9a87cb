import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { models, published, saveCheckpoint } from "snnmlp";
import { afterAll, describe, expect, it } from "vitest";
import { runCli } from "./support/cli.js";

const folder = mkdtempSync(join(tmpdir(), "cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("help", () => {
  it("is there for the program and for every command", () => {
    const { code, stdout, stderr } = runCli(["--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    const commands = [...stdout.matchAll(/^ {2}([a-z]+) \[/gm)].map(([, name]) => name ?? "");
    expect(commands).toContain("info");
    for (const command of commands) {
      const help = runCli([command, "--help"]);
      expect([help.code, help.stderr]).toEqual([0, ""]);
      expect(help.stdout).toContain(`Usage: snnmlp ${command}`);
      expect(help.stdout).toContain("--json");
    }
  });

  it("--version prints the package's version", () => {
    expect(runCli(["--version"])).toMatchObject({ code: 0, stdout: "0.1.0\n" });
  });
});

describe("a wrong command line exits with 2, one line and no stack", () => {
  it.each<[string[], string]>([
    [[], "error: a command is missing; see: snnmlp --help\n"],
    [["inf"], "error: unknown command 'inf' (Did you mean info?); see: snnmlp --help\n"],
    [["info", "--jsn"], "error: unknown option '--jsn' (Did you mean --json?); see: snnmlp info --help\n"],
    [
      ["info", "a", "b"],
      "error: too many arguments for 'info'. Expected 1 argument but got 2.; see: snnmlp info --help\n",
    ],
    [
      ["info", "large"],
      "error: no model is called large; take one of pico, nano, tiny, small, base, or a .safetensors or .pt file\n",
    ],
  ])("%j", (args, stderr) => {
    expect(runCli(args)).toEqual({ code: 2, stdout: "", stderr });
  });

  it("as a document on stdout with --json", () => {
    const { code, stdout } = runCli(["info", "large", "--json"]);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { name: "UsageError", message: expect.stringContaining("no model is called large") },
    });
  });
});

describe("info", () => {
  it("--json has every model's counts as integers", () => {
    const { code, stdout } = runCli(["info", "--json"]);
    expect(code).toBe(0);
    const { models } = JSON.parse(stdout);
    expect(models.map(({ name }: { name: string }) => name)).toEqual(["pico", "nano", "tiny", "small", "base"]);
    for (const { name, parameters, macs, exactMacs } of models) {
      expect(Number.isInteger(exactMacs.total)).toBe(true);
      if (name === "tiny") expect({ parameters, macs }).toEqual(published.tiny);
    }
  });

  it("prints one model as a table", () => {
    const { code, stdout } = runCli(["info", "small"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^small +49,703,080 +8,548,199,424 /m);
  });

  it("reads a checkpoint, and names what is wrong with one", async () => {
    const path = join(folder, "empty.safetensors");
    const checkpoint = { config: models.pico, preprocessing: undefined, parameters: new Map(), training: new Map() };
    await saveCheckpoint(path, { ...checkpoint, notes: new Map() });
    const { code, stdout, stderr } = runCli(["info", path, "--json"]);
    expect(code).toBe(1);
    expect(stderr).toContain("parameter patch_embed.proj.weight [32, 1, 4, 4] is missing");
    expect(JSON.parse(stdout).error).toMatchObject({ name: "SafetensorsError", path });
    writeFileSync(path, "no tensors at all");
    expect(runCli(["info", path]).stderr).toMatch(/^error: .*header claims .*\n$/);
  });
});
