import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { ConfusionMatrix, Examples, type Judgement, type LifFiring, readRunLog, reportPage } from "snnmlp";
import { afterAll, describe, expect, it } from "vitest";
import { problemsOf } from "./support/html-check.js";

const folder = mkdtempSync(join(tmpdir(), "report-page-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A run's folder with these lines, and a config if given. */
function runOf(name: string, lines: readonly (object | string)[], config?: string): string {
  const run = join(folder, name);
  mkdirSync(run);
  const text = lines.map((line) => (typeof line === "string" ? line : `${JSON.stringify(line)}\n`)).join("");
  writeFileSync(join(run, "metrics.jsonl"), text);
  if (config !== undefined) writeFileSync(join(run, "config.yaml"), config);
  return run;
}

const update = (step: number, loss: number | null = 1 / step) => ({
  ...{
    step,
    epoch: 0,
    loss,
    learningRate: 1e-3,
    lifLearningRate: 1e-4,
    gradientNorm: 2,
    imagesPerSecond: 50,
    seconds: step,
  },
});
const evil = `<script>alert("x")</script>&'`;
const shown = "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;";

describe("readRunLog", () => {
  it("leaves damaged lines out and counts them, and takes the values it knows", async () => {
    const lif = { "layers.0.blocks.0.lif_module.lif1": { tau: 0.25, vth: 0.1, fired: null } };
    const whole = [update(1), update(2, null), { step: 2, lif }, { step: 2, epoch: 0, evaluation: { top1: "?" } }];
    const run = runOf("damaged", [...whole, "[1]\n", "no json\n", "\n", '{"step":3,"lo']);
    const { lines, damaged, config, name } = await readRunLog(run);
    expect(damaged).toBe(3);
    expect(lines.map(({ step, loss, lif, evaluation }) => [step, loss, lif, evaluation])).toEqual([
      [1, 1, undefined, undefined],
      [2, undefined, undefined, undefined],
      [2, undefined, lif, undefined],
      [2, undefined, undefined, undefined],
    ]);
    expect(config).toContain("config.yaml: no such file");
    expect(name).toBe("damaged");
  });

  it("says that a folder holds no run", async () => {
    const missing = join(folder, "nowhere");
    await expect(readRunLog(missing)).rejects.toThrow(
      `${join(missing, "metrics.jsonl")}: no such file or folder; name the folder of a run`,
    );
  });
});

describe("reportPage", () => {
  const site = { height: 6, width: 6, active: 4 } as const;
  const map = Float32Array.from({ length: 36 }, (_, i) => (i < 24 ? i / 24 : 0));
  const firing: LifFiring[] = [
    { name: "layers.0.blocks.0.lif_module.lif1", axis: "H", ...site, map, tau: 0.25, vth: 0.1, share: 0.5 },
    { name: "layers.0.blocks.0.lif_module.lif2", axis: "W", ...site, active: 0, map, tau: 0.25, vth: 0.1, share: null },
  ];
  const judgement = (numClasses: number): Judgement => {
    const matrix = new ConfusionMatrix(numClasses);
    const examples = new Examples(2);
    for (let index = 0; index < 8; index++) {
      const [label, predicted] = [index % 3, index < 5 ? index % 3 : 0];
      matrix.add(label, predicted);
      const scores = Float32Array.from({ length: numClasses }, (_, k) => (k === predicted ? index : 0));
      examples.add({ index, label, predicted, scores, pixels: new Uint8Array(36).fill(20 * index) });
    }
    const evaluation = { top1: 0.75, top5: 1, loss: 0.5, images: 8, notFinite: 0, imagesPerSecond: 1 };
    const guesses = [{ class: 0, probability: 0.9 }];
    const subject = { title: `${evil}.png`, pixels: new Uint8Array(36).fill(9), guesses, firing };
    const nameOf = (index: number) => `${index} ${evil}`;
    const evaluated = { data: evil, evaluation, matrix, examples };
    return { checkpoint: evil, adapter: evil, imageSize: 6, nameOf, evaluated, firing: [subject] };
  };

  it("stands by itself, with every text escaped", async () => {
    const lif = Object.fromEntries(firing.map(({ name, tau, vth, share }) => [name, { tau, vth, fired: share }]));
    const lines = [1, 2, 3, 4].flatMap((step) => [
      update(step),
      { step, lif: { ...lif, [evil]: { tau: 1, vth: 0, fired: 0 } } },
    ]);
    const skip = { step: 5, skipped: `update 5: ${evil}` };
    const run = runOf(
      "run & <b>",
      [...lines, skip],
      `model:\n  name: ${JSON.stringify(evil)}\n  depths: [1, 2]\nseed: 3\n`,
    );
    for (const numClasses of [3, 40]) {
      const page = await reportPage(await readRunLog(run), judgement(numClasses));
      expect(problemsOf(page)).toEqual([]);
      expect(page).not.toContain("<script");
      expect(page.split(shown).length).toBeGreaterThan(numClasses === 3 ? 20 : 10);
      expect(page).toContain("<title>run &amp; &lt;b&gt;</title>");
      expect(page).toContain(`Updates left out: 1<ul><li>update 5: ${shown}</li></ul>`);
      expect(page).toContain("layers.0.blocks.0 lif1 (H)");
      expect(page).toContain("50.0 % fired, 6x6");
      expect(page).toMatch(/<th scope="row">depths<\/th><td>1, 2<\/td>/);
      expect(page).toContain(numClasses === 3 ? 'class="confusion"' : "40 classes: a row for each true");
    }
  });

  it("draws which positions fire, and leaves those behind the last group clear", async () => {
    const page = await reportPage(await readRunLog(runOf("fire", [update(1)])), judgement(3));
    const [, address = ""] =
      /<img class="pixels hatched" src="data:image\/png;base64,([^"]*)" alt="layers/.exec(page) ?? [];
    const { data, info } = await sharp(Buffer.from(address, "base64"))
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([6, 6]);
    const pixel = (row: number, column: number) => [
      ...data.subarray(4 * (6 * row + column), 4 * (6 * row + column) + 4),
    ];
    expect(pixel(0, 0)).toEqual([68, 1, 84, 255]);
    expect(pixel(3, 5)[0]).toBeGreaterThan(200);
    expect([pixel(4, 0)[3], pixel(5, 5)[3]]).toEqual([0, 0]);
    expect(page).toContain("everything is passed through: layers.0.blocks.0 lif2 (W) of 6x6");
  });

  it("says what is missing, in its place", async () => {
    const page = await reportPage(await readRunLog(runOf("empty", [])), "There is no checkpoint.");
    expect(problemsOf(page)).toEqual([]);
    expect(page).toContain("metrics.jsonl is empty: the run has made no update yet.");
    expect(page).toContain("The run has no LIF lines.");
    expect(page.split("There is no checkpoint.").length - 1).toBe(3);
    expect(page).toContain("config.yaml: no such file");
  });

  it("thins a long run, but keeps its extremes; single values far above are told, not drawn", async () => {
    const steps = Array.from({ length: 20_000 }, (_, i) => i + 1);
    const loss = (step: number) => (step === 7777 ? 900 : 1 + Math.sin(step / 3000) / 2);
    const page = await reportPage(
      await readRunLog(
        runOf(
          "long",
          steps.map((step) => update(step, loss(step))),
        ),
      ),
      "none",
    );
    expect(problemsOf(page)).toEqual([]);
    expect(page.length).toBeLessThan(150_000);
    expect(page).toContain("Single values lie above the picture, the highest at 900.");
    expect(page).toContain(">20k</text>");
  });
});
