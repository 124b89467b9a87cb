import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadCheckpoint, saveCheckpoint } from "snnmlp";
import { afterAll, describe, expect, it } from "vitest";
import { runCli } from "./support/cli.js";
import { op, writePt } from "./support/pytorch-zip.js";

const folder = mkdtempSync(join(tmpdir(), "convert-"));
afterAll(() => rmSync(folder, { recursive: true }));
const fixtures = fileURLToPath(new URL("fixtures/", import.meta.url));
const authors = join(fixtures, "pytorch", "authors-2stage.pt");
const fixture = join(fixtures, "snnmlp-2stage.safetensors");
const out = join(folder, "out.safetensors");

describe("snnmlp convert", () => {
  it("writes what the file holds, says what was found, and does not overwrite unasked", async () => {
    const { code, stdout } = runCli(["convert", authors, out]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/model: 56x56x3, patch 4, embed 16, depths 1,2, LIF group 4, 7 classes\nepoch: 299\n/);
    expect(stdout).toMatch(
      /max_accuracy: 81.876\nleft out: optimizer \(dict\), .*config \(object of yacs.config.CfgNode\)/,
    );
    const [converted, original] = [await loadCheckpoint(out), await loadCheckpoint(authors)];
    expect(converted.config).toEqual(original.config);
    expect(converted.parameters).toEqual(original.parameters);
    expect(converted.notes.get("source")).toBe(authors);
    const written = readFileSync(out);
    const again = runCli(["convert", authors, out]);
    expect(again).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("it exists already; overwrite it with --force"),
    });
    const forced = runCli(["convert", authors, out, "--force", "--json", "--mean", ".5,.5,.5", "--std", "1,1,1"]);
    expect(JSON.parse(forced.stdout)).toMatchObject({ parameters: 33_267, epoch: 299, maxAccuracy: 81.876 });
    expect(readFileSync(out).equals(written)).toBe(false);
    expect((await loadCheckpoint(out)).preprocessing).toEqual({ mean: [0.5, 0.5, 0.5], std: [1, 1, 1], padding: 0 });
  });

  it("notes parameters that are not finite, and writes them", async () => {
    const micro = await loadCheckpoint(join(fixtures, "pytorch", "authors-micro.pt"));
    const [diverged, to] = [join(folder, "diverged.safetensors"), join(folder, "diverged-out.safetensors")];
    const broken = (count: number) =>
      [...micro.parameters].map(([name, { shape, data }], i) => {
        const values = Float32Array.from(data);
        if (i < count) values.set([Number.NaN, Number.POSITIVE_INFINITY].slice(0, values.length));
        return [name, { shape, data: values }] as const;
      });
    const convert = async (count: number) => {
      await saveCheckpoint(diverged, { ...micro, parameters: new Map(broken(count)) });
      const { code, stderr } = runCli(["convert", diverged, to, "--force"]);
      expect(code).toBe(0);
      return stderr;
    };
    const [[name, { data }] = ["", { data: [] }]] = micro.parameters;
    const told = `${diverged}: 2 of ${data.length} values of ${name} are not finite`;
    expect(await convert(0)).toBe("");
    expect(await convert(1)).toBe(`${told}; the model gives no scores\n`);
    expect(await convert(3)).toBe(`${told}, and 2 more parameters hold such values; the model gives no scores\n`);
    expect((await loadCheckpoint(to)).parameters.get(name)?.data.slice(0, 2)).toEqual(Float32Array.of(NaN, Infinity));
  });

  it.each([
    ["the .pt itself", authors],
    ["what convert made of it", out],
  ])("%s evaluates to the frozen float64 logits within 1e-5", (_, checkpoint) => {
    const { code, stdout } = runCli(["verify", fixture, "--checkpoint", checkpoint, "--allow-software", "--json"]);
    expect(code).toBe(0);
    const [logits] = JSON.parse(stdout).tensors;
    expect(logits).toMatchObject({ name: "logits", ok: true });
    expect(logits.relative).toBeLessThan(1e-5);
  });

  it.each<[string, () => string[], number, string]>([
    [
      "a call of os.system",
      () => [writePt(join(folder, "evil.pt"), `${op.proto}cos\nsystem\n${op.text("touch pwned")}\x85R.`), out],
      1,
      "calls os.system, which is refused",
    ],
    ["half a file", () => [half(), out], 1, "damaged or was not copied whole"],
    ["another --model", () => [authors, out, "--model", "pico"], 1, "is no parameter of this model"],
    ["an impossible image size", () => [authors, out, "--image-size", "57"], 1, "imageSize 57 does not divide by 8"],
    ["a missing file", () => [join(folder, "none.pt"), out], 1, "no such file or folder"],
    ["another ending", () => [authors, join(folder, "x.pt")], 2, "name it *.safetensors"],
    ["one mean of three", () => [authors, out, "--mean", "0.1", "--std", "0.3"], 2, "take 3 numbers each"],
    ["--model and --lif", () => [authors, out, "--model", "tiny", "--lif", "2"], 2, "leave out --image-size and --lif"],
  ])("refuses %s with one line, and writes nothing", (_, args, code, message) => {
    rmSync(out, { force: true });
    const result = runCli(["convert", ...args()]);
    expect(result.code).toBe(code);
    expect(result.stderr).toMatch(/^error: [^\n]*\n$/);
    expect(result.stderr).toContain(message);
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});

function half(): string {
  const path = join(folder, "half.pt");
  const bytes = readFileSync(authors);
  writeFileSync(path, bytes.subarray(0, bytes.length / 2));
  return path;
}
