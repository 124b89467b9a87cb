import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { runCli } from "./support/cli.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const read = (path: string) => readFileSync(join(root, path), "utf8");

const packages = ["kernels-wgsl", "tensor", "autograd", "snnmlp"].map((name) => `packages/${name}/README.md`);
const documents = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", ...packages];

/** The code blocks of a document in one language. */
const blocks = (path: string, language: string): string[] =>
  [...read(path).matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, found]) => found === language)
    .map(([, , code = ""]) => code);

describe("code", () => {
  // Inside the repository, so that the packages are found by name, as built.
  mkdirSync(join(root, "node_modules", ".cache"), { recursive: true });
  const folder = mkdtempSync(join(root, "node_modules", ".cache", "readme-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const run = (command: readonly string[]) =>
    execFileSync(process.execPath, command, { cwd: folder, encoding: "utf8", timeout: 60_000 });

  const all = documents.flatMap((path) =>
    ["js", "ts"].flatMap((language) =>
      blocks(path, language).map((code, i) => {
        const name = `${path.replace(/\W+/g, "-")}-${language}-${i}`;
        writeFileSync(join(folder, `${name}.${language}`), code);
        return { path, language, name };
      }),
    ),
  );

  it("in TypeScript is strictly typed", () => {
    const files = all.filter(({ language }) => language === "ts").map(({ name }) => `${name}.ts`);
    expect(files.length).toBeGreaterThan(0);
    expect(run([tsc, "--strict", "--module", "nodenext", "--target", "es2022", ...files])).toBe("");
  });

  it.each(all)("$path: $name runs as written", ({ name }) => {
    expect(run([`${name}.js`])).toMatch(/\d/);
  });

  it("the library takes 15 lines", () => {
    const [first = ""] = blocks("README.md", "js");
    expect(first.trim().split("\n").length).toBeLessThanOrEqual(15);
    expect(first).toContain("valueAndGrad");
  });
});

describe("commands", () => {
  const lines = documents.flatMap((path) => blocks(path, "sh").flatMap((block) => block.trim().split("\n")));
  const commands = lines.map((line) => line.replace(/#.*/, "").trim()).filter((line) => line !== "");

  const shown = new Map<string, string[]>();
  for (const line of commands.filter((line) => line.startsWith("npx snnmlp"))) {
    const words = line.split(/\s+/).slice(2);
    const name = words.find((word) => !word.startsWith("-")) ?? "";
    shown.set(name, [...(shown.get(name) ?? []), ...words.filter((word) => word.startsWith("--"))]);
  }

  it.each([...shown])("npx snnmlp %s: the command and its options exist: %j", (name, options) => {
    const help = runCli([...(name ? [name] : []), "--help"]);
    expect([help.code, help.stderr]).toEqual([0, ""]);
    for (const option of options) expect(help.stdout).toContain(option);
  });

  it("README shows every command", () => {
    const known = [...runCli(["--help"]).stdout.matchAll(/^ {2}([a-z]+) \[/gm)].map(([, name = ""]) => name);
    expect(known.length).toBeGreaterThan(0);
    expect([...shown.keys()]).toEqual(expect.arrayContaining(known));
  });

  it.each(commands.filter((line) => /^npm (run|test)/.test(line)))("%s: the script exists", (line) => {
    const { scripts } = JSON.parse(read("package.json"));
    expect(Object.keys(scripts)).toContain(line.replace(/^npm (run )?/, "").split(" ")[0]);
  });
});

describe("links", () => {
  it.each(documents)("%s: its files exist", (path) => {
    const targets = [...read(path).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target = ""]) => target);
    for (const target of targets) expect(existsSync(join(root, dirname(path), target)), target).toBe(true);
  });
});
