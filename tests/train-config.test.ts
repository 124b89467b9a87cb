import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { models, recipes } from "snnmlp";
import { afterAll, describe, expect, it } from "vitest";
import { runCli } from "./support/cli.js";

const folder = mkdtempSync(join(tmpdir(), "train-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

/** What `train` would do. */
function plan(...args: string[]) {
  const { code, stdout, stderr } = runCli(["train", "--dry-run", "--json", ...args]);
  expect([code, stderr.includes("error")], stderr).toEqual([0, false]);
  return { ...JSON.parse(stdout), stderr };
}

/** The authors' file for SNN-MLP-T says this. */
const tiny = write(
  "tiny.yaml",
  `MODEL:
  TYPE: snnmlp
  NAME: snnmlp_tiny_patch4_lif4_224
  DROP_PATH_RATE: 0.2
  SNNMLP:
    EMBED_DIM: 96
    DEPTHS: [ 2, 2, 6, 2 ]`,
);

describe("the defaults", () => {
  it("are the authors' recipe for their models, and the short one for the small", () => {
    expect(plan("--model", "tiny")).toMatchObject({ model: models.tiny, recipe: recipes.imagenet });
    expect(plan()).toMatchObject({ model: { name: "pico", ...models.pico }, recipe: recipes.digits });
    expect(plan("--model", "nano", "--recipe", "imagenet").recipe).toEqual(recipes.imagenet);
  });
});

describe("the authors' YAML", () => {
  it("gives their model and recipe", () => {
    const { model, recipe } = plan("--cfg", tiny);
    expect(model).toEqual({ name: "snnmlp_tiny_patch4_lif4_224", ...models.tiny });
    expect(recipe).toEqual(recipes.imagenet);
  });

  it("is read whole: every group, a base file below, Python's spellings, and what has no meaning here is told", () => {
    const other = write(
      "other.yaml",
      `BASE: ['tiny.yaml']
DATA: { BATCH_SIZE: 32, IMG_SIZE: 64, PIN_MEMORY: True, NUM_WORKERS: 8, INTERPOLATION: bicubic }
MODEL: { NUM_CLASSES: 10, LABEL_SMOOTHING: 0.2, DROP_RATE: 0.0, SNNMLP: { PATCH_SIZE: 2, EMBED_DIM: 24, MLP_RATIO: 2. } }
TRAIN:
  EPOCHS: 7
  ACCUMULATION_STEPS: 0
  BASE_LR: 1e-3
  OPTIMIZER: { BETAS: "(0.8, 0.99)", NAME: adamw }
  LR_SCHEDULER: { NAME: step, DECAY_EPOCHS: 3 }
  USE_CHECKPOINT: true
AUG: { AUTO_AUGMENT: none, MIXUP: 0.5, CUTMIX_MINMAX: None, REPROB: 0 }
LIF: 2
LIF_FIX_VTH: True
LIF_INIT_VTH: 0.2
SEED: 5
AMP_OPT_LEVEL: O1
`,
    );
    const { model, recipe, checkpointActivations, stderr } = plan("--cfg", other);
    expect(model).toMatchObject({ imageSize: 64, patchSize: 2, embedDim: 24, mlpRatio: 2, numClasses: 10 });
    expect(model).toMatchObject({ depths: [2, 2, 6, 2], dropPath: 0.2, lifGroup: 2, vth: 0.2 });
    expect(recipe).toMatchObject({ epochs: 7, batchSize: 32, accumulationSteps: 1, learningRate: 1e-3, seed: 5 });
    expect(recipe).toMatchObject({ scheduler: "step", decayEpochs: 3, beta1: 0.8, beta2: 0.99, fixedVth: true });
    expect(recipe).toMatchObject({ labelSmoothing: 0.2, mixing: { mixup: 0.5, cutmix: 1 } });
    expect(recipe.augment).toMatchObject({ autoAugment: null, reprob: 0, hflip: 0.5 });
    expect(checkpointActivations).toBe(true);
    expect(stderr).toContain("ignored: DATA.PIN_MEMORY, DATA.NUM_WORKERS, AMP_OPT_LEVEL");
  });

  it("is overridden by --opts, and both by flags", () => {
    const opts = ["--opts", "TRAIN.EPOCHS", "100", "DATA.BATCH_SIZE", "64", "MODEL.SNNMLP.DEPTHS", "[1,1,1,1]"];
    const { model, recipe } = plan("--cfg", tiny, "--epochs", "3", "--drop-path", "0.1", ...opts);
    expect(recipe).toMatchObject({ epochs: 3, batchSize: 64 });
    expect(model).toMatchObject({ depths: [1, 1, 1, 1], dropPath: 0.1 });
  });
});

describe("the model of a file", () => {
  it("is measured by throughput", () => {
    const little = "{ EMBED_DIM: 8, DEPTHS: [1, 1], PATCH_SIZE: 4 }";
    const file = write("little.yaml", `DATA: { IMG_SIZE: 32 }\nMODEL: { NUM_CLASSES: 7, SNNMLP: ${little} }`);
    const once = ["--batch-size", "1", "--warmup", "0", "--iterations", "1", "--forward", "--allow-software", "--json"];
    const { code, stdout } = runCli(["throughput", "--cfg", file, ...once]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ imageSize: 32, inChannels: 3, batchSize: 1 });
  });

  it.each(["throughput", "eval", "predict x.png", "profile --model"])("that is missing is told by %s", (command) => {
    const args = command.includes("--model") ? command.split(" ") : [...command.split(" "), "--cfg"];
    const { code, stderr } = runCli([...args, "/nowhere.yaml"]);
    expect([code, stderr]).toEqual([1, "error: /nowhere.yaml: no such file or folder; check the path\n"]);
  });
});

describe("a resolved configuration", () => {
  it("is read back to the same run", () => {
    const flags = ["--model", "nano", "--epochs", "2", "--lif", "-1", "--surrogate", "sigmoid", "--fixed-tau", "0.3"];
    const { stdout } = runCli(["train", "--dry-run", ...flags, "--recipe", "imagenet", "--no-mixup"]);
    const again = runCli(["train", "--dry-run", "--cfg", write("resolved.yaml", stdout)]);
    expect(again.stdout).toBe(stdout);
    expect(stdout).toMatch(/alpha: 4\n/);
  });
});

describe("flags", () => {
  it("have the authors' meaning, in their spelling, too", () => {
    const ours = plan("--lif", "2", "--fixed-tau", "--fixed-vth", "0.5", "--init-tau", "0.3", "--lif-start-epoch", "2");
    const theirs = "--lif 2 --lif_fix_tau --lif_fix_vth --lif_init_vth 0.5 --lif_init_tau 0.3 --lif_startepoch 2";
    expect(plan(...theirs.split(" "))).toEqual(ours);
    expect(ours.model).toMatchObject({ lifGroup: 2, tau: 0.3, vth: 0.5 });
    expect(ours.recipe).toMatchObject({ fixedTau: true, fixedVth: true, lifStartEpoch: 2 });
    expect(plan("--base_lr", "0.1", "--lif_lr", "0.2", "--lif_wd", "0.3").recipe).toMatchObject({
      learningRate: 0.1,
      lifLearningRate: 0.2,
      lifWeightDecay: 0.3,
    });
  });

  it("of the authors' launch script do what they did there", () => {
    const script =
      "--data-path /imagenet --batch-size 128 --cache-mode no --accumulation-steps 0 --lif 4 --use-checkpoint";
    const { data, recipe, checkpointActivations, stderr } = plan("--cfg", tiny, ...script.split(" "));
    expect({ data, checkpointActivations }).toEqual({ data: "/imagenet", checkpointActivations: true });
    expect(recipe).toMatchObject({ batchSize: 128, accumulationSteps: 1 });
    expect(stderr).toContain("ignored: --cache-mode");
    expect(stderr).toContain("the authors' 8 GPUs with 128 each make it 1024: --accumulation-steps 8");
    expect(plan("--cfg", tiny).stderr).toBe("");
    const folder = runCli(["train", "--dry-run", "--output", "results"]);
    expect([folder.code, folder.stderr]).toEqual([
      0,
      "--output results is taken for the run's folder: --out results\n",
    ]);
  });

  it("ask for all augmentation at once, or for none", () => {
    const { augment, mixing, labelSmoothing } = plan(
      "--augment",
      "authors",
      "--no-cutmix",
      "--interpolation",
      "random",
    ).recipe;
    expect(augment).toEqual({ ...recipes.imagenet.augment, interpolation: "random" });
    expect({ mixing, labelSmoothing }).toEqual({
      mixing: { ...recipes.imagenet.mixing, cutmix: 0 },
      labelSmoothing: recipes.imagenet.labelSmoothing,
    });
    const none = plan("--recipe", "imagenet", "--augment", "none", "--mean", "0.5", "--hflip", "1").recipe;
    expect(none).toMatchObject({ mixing: { mixup: 0, cutmix: 0 }, labelSmoothing: 0 });
    expect(none.augment).toMatchObject({ crop: "center", hflip: 1, autoAugment: null, mean: [0.5] });
  });

  it("give a length that takes the place of a file's", () => {
    const file = write("length.yaml", "TRAIN: { EPOCHS: 7 }");
    expect(plan("--cfg", file, "--steps", "9").recipe).toMatchObject({ steps: 9 });
    expect(plan("--cfg", file, "--steps", "9").recipe.epochs).toBeUndefined();
  });

  it("are doubted where no gradient would pass a LIF", () => {
    const doubt = "--output spike passes no gradient through a LIF without a --surrogate";
    expect(plan("--output", "spike").stderr).toContain(doubt);
    expect(plan("--output", "spike", "--surrogate", "arctan").stderr).toBe("");
  });

  it("switch each augmentation, and define a small model", () => {
    const off = "--no-hflip --no-aa --no-color-jitter --no-reprob --no-mixup --no-cutmix --no-smoothing";
    const { recipe } = plan("--recipe", "imagenet", ...off.split(" "), "--scale", "0.5,1");
    expect(recipe.augment).toMatchObject({
      hflip: 0,
      autoAugment: null,
      colorJitter: null,
      reprob: 0,
      scale: [0.5, 1],
    });
    expect(recipe).toMatchObject({ mixing: { mixup: 0, cutmix: 0 }, labelSmoothing: 0 });
    expect(plan("--recipe", "imagenet", "--augment", "none").recipe.augment).toBeNull();
    const size = "--image-size 64 --patch-size 4 --in-channels 3 --num-classes 7 --embed-dim 24 --depths 1,1,1";
    expect(plan(...size.split(" ")).model).toMatchObject({
      imageSize: 64,
      inChannels: 3,
      numClasses: 7,
      depths: [1, 1, 1],
    });
  });
});

describe("what cannot be", () => {
  const bad = (text: string) => ["--cfg", write(`${text.length}-${text.replace(/\W/g, "").slice(0, 20)}.yaml`, text)];
  it.each<[string[], number, string]>([
    [bad("TRAIN: { EPOCHZ: 3 }"), 1, "unknown key TRAIN.EPOCHZ; did you mean TRAIN.EPOCHS?"],
    [bad("recipe: { epoch: 3 }"), 1, "unknown key recipe.epoch; did you mean recipe.epochs?"],
    [bad("model: { embed: 3 }"), 1, "unknown key model.embed; did you mean model.embedDim?"],
    [bad("MODEL: { DROP_RATE: 0.1 }"), 1, "MODEL.DROP_RATE 0.1 is not implemented; expected 0"],
    [
      bad("TRAIN: { EPOCHS: many }"),
      1,
      ".yaml: the recipe cannot be used: epochs: Invalid input: expected number, received string",
    ],
    [bad("TRAIN: [1, 2]"), 1, "unknown key TRAIN"],
    [bad("constructor: 1"), 1, "unknown key constructor; did you mean"],
    [["--recipe", "imagenet", "--batch-size", "15"], 1, "the batch size must be even, got 15"],
    [bad("- 1"), 1, "expected keys and values, got a list"],
    [bad("a: b: c"), 1, "not YAML:"],
    [bad("BASE: nowhere.yaml"), 1, "nowhere.yaml: no such file or folder"],
    [["--cfg", "/nowhere.yaml"], 1, "/nowhere.yaml: no such file or folder"],
    [["--opts", "TRAIN.EPOCHS"], 2, "--opts takes pairs of a key and a value; TRAIN.EPOCHS has none"],
    [["--opts", "TRAIN.LR", "1"], 2, "--opts: unknown key TRAIN.LR; did you mean"],
    [["--epochs", "2", "--steps", "3"], 2, "option '--epochs <n>' cannot be used with option '--steps <n>'"],
    [["--batch", "2", "--batch-size", "3"], 2, "option '--batch <n>' cannot be used with option '--batch-size <n>'"],
    [["--data", "a", "--data-path", "b"], 2, "'--data-path <folder>' cannot be used with option '--data <folder>'"],
    [["--image-size", "30"], 1, "imageSize 30 does not divide by 32"],
    [["--drop-path", "1.5"], 1, "dropPath: Too big"],
    [["--depths", "1,x"], 2, "Expected a whole number from 1"],
    [["--aa", "rand-x9"], 2, '--aa: rand-x9: unknown part "x9"'],
    [["--smoothing", "2"], 2, "--smoothing: Too big: expected number to be <1"],
    [["--scale", "0.9,0.2"], 2, "--scale: expected [low, high] with low <= high"],
    [["--augment", "authors", "--batch-size", "5"], 1, "the batch size must be even, got 5"],
    [["--cfg", tiny, "--model", "small"], 2, `--model small has depths 2,2,18,2, ${tiny} says 2,2,6,2`],
    [["--output", "spikes"], 2, "Did you mean spike? The folder of a run is --out"],
    [["--recipe", "mine"], 2, "Allowed choices are imagenet, digits"],
  ])("%j is one line of error", (args, code, message) => {
    const result = runCli(["train", "--dry-run", ...args]);
    expect(result.stderr).toMatch(/^error: [^\n]*\n$/);
    expect(result.stderr).toContain(message);
    expect(result.code).toBe(code);
  });

  it("a base file that leads back to itself is told", () => {
    write("a.yaml", "BASE: b.yaml");
    const result = runCli(["train", "--dry-run", "--cfg", write("b.yaml", "BASE: [a.yaml]")]);
    expect(result.stderr).toMatch(/^error: .*b\.yaml: BASE leads back to itself\n$/);
  });
});
