import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { authorsAugment, type Dataset, EvaluationBatches, openDataset, TrainingBatches } from "snnmlp";
import { count, parse, wrong } from "./lib/options.js";
import { median, rounded } from "./lib/sample.js";
import { integer, printTable, short } from "./lib/table.js";

const help = `
Images per second of the data loader, against sharp alone doing the same with as many threads: decode, scale the shorter
side to 8/7 of the size by bicubic, cut the middle out, to raw bytes. The two take turns; each turn is timed from the end
of its first batch. The third row is the loader with the authors' whole augmentation.

npm run bench:loader -- [options]
  --images N       images a turn (default 512)
  --runs N         turns (default 5)
  --workers N      worker threads, and images that sharp has in hand at a time (default: one a core)
  --size N         side of the result (default 224)
  --data FOLDER    a tree with val/CLASS/*.JPEG (default: made-up pictures of 500x375)
  --no-augment     leave the third row out
  --json           print one JSON document`;

const values = parse(
  {
    images: { type: "string", default: "512" },
    runs: { type: "string", default: "5" },
    workers: { type: "string", default: String(availableParallelism()) },
    size: { type: "string", default: "224" },
    data: { type: "string" },
    "no-augment": { type: "boolean", default: false },
  },
  help,
);
const batchSize = 64;
const images = count("images", values.images, 2 * batchSize);
const runs = count("runs", values.runs);
const workers = count("workers", values.workers);
const size = count("size", values.size, 8);
const preparation = { size, channels: 3, padding: 0 } as const;

/** Pictures of ImageNet's usual size, with edges and noise, so that decoding costs what it does for photographs. */
async function makePictures(folder: string, wanted: number): Promise<string> {
  const place = join(folder, "val", "made-up");
  mkdirSync(place, { recursive: true });
  const [width, height] = [500, 375];
  for (let i = 0; i < wanted; i++) {
    const noise = { type: "gaussian", mean: 110 + (i % 40), sigma: 25 } as const;
    const shapes = Array.from({ length: 12 }, (_, k) => {
      const hue = (47 * (i + k)) % 360;
      return `<circle cx="${(71 * (i + k)) % width}" cy="${(53 * k + 7 * i) % height}" r="${20 + ((13 * k) % 70)}" fill="hsl(${hue},60%,50%)" opacity="0.6"/>`;
    });
    const overlay = Buffer.from(`<svg width="${width}" height="${height}">${shapes.join("")}</svg>`);
    await sharp({ create: { width, height, channels: 3, background: "grey", noise } })
      .composite([{ input: overlay }])
      .jpeg({ quality: 90 })
      .toFile(join(place, `${i}.JPEG`));
  }
  return folder;
}

/** A set that repeats another's images until it has as many as a turn needs. */
const repeated = (set: Dataset): Dataset => ({
  ...set,
  count: images,
  labels: Array.from({ length: images }, (_, i) => set.labels[i % set.count] ?? 0),
  sample: (index) => set.sample(index % set.count),
  nameOf: (index) => set.nameOf(index % set.count),
});

/** What a turn came to, from the end of its first batch to the end of the last. */
interface Turn {
  readonly imagesPerSecond: number;
  /** Of all threads, per image: what a busy machine changes little. */
  readonly cpuMs: number;
}

async function measure(batches: AsyncIterable<{ readonly count: number }>): Promise<Turn> {
  let start = 0;
  let made = 0;
  let cpu = process.cpuUsage();
  for await (const batch of batches) {
    if (start > 0) made += batch.count;
    else [start, cpu] = [performance.now(), process.cpuUsage()];
  }
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { imagesPerSecond: made / seconds, cpuMs: (user + system) / 1000 / made };
}

async function* sharpAlone(set: Dataset): AsyncGenerator<{ readonly count: number }> {
  const scaled = Math.floor(size / 0.875);
  const margin = Math.round((scaled - size) / 2);
  const cut = { left: margin, top: margin, width: size, height: size };
  let next = 0;
  let done = 0;
  let batchDone: () => void = () => undefined;
  const work = async (): Promise<void> => {
    for (let index = next++; index < set.count; index = next++) {
      const sample = set.sample(index);
      if (sample.kind !== "file") continue;
      const scaling = { fit: "cover", kernel: "cubic", fastShrinkOnLoad: false } as const;
      const image = sharp(sample.path, { failOn: "error", ignoreIcc: true }).resize(scaled, scaled, scaling);
      await image.extract(cut).removeAlpha().raw().toBuffer();
      done += 1;
      if (done % batchSize === 0 || done === set.count) batchDone();
    }
  };
  const threads = Promise.all(Array.from({ length: workers }, work));
  for (let first = 0; first < set.count; first += batchSize) {
    const wanted = Math.min(batchSize, set.count - first);
    while (done < first + wanted) {
      await new Promise<void>((resolve) => {
        batchDone = resolve;
      });
    }
    yield { count: wanted };
  }
  await threads;
}

async function* augmented(set: Dataset): AsyncGenerator<{ readonly count: number }> {
  const augment = { settings: authorsAugment, seed: 0 };
  const batches = new TrainingBatches(set, { batchSize, workers, seed: 0, preparation: { ...preparation, augment } });
  for (let n = 0; n < batches.batchesPerEpoch; n++) yield await batches.at(n);
  await batches.close();
}

const folder = mkdtempSync(join(tmpdir(), "bench-loader-"));
try {
  const data = values.data ?? (await makePictures(folder, Math.min(images, 128)));
  const set = repeated(await openDataset(data, "val"));
  if (set.sample(0).kind !== "file") wrong("--data is a tree of images, not IDX or zip files");
  const sides = {
    sharpAlone: () => sharpAlone(set),
    loader: () => new EvaluationBatches(set, { batchSize, workers, preparation }),
    ...(!values["no-augment"] && { augmented: () => augmented(set) }),
  };
  const turns = new Map<string, Turn[]>(Object.keys(sides).map((name) => [name, []]));
  for (let run = 0; run < runs; run++) {
    for (const [name, batches] of Object.entries(sides)) turns.get(name)?.push(await measure(batches()));
  }
  const middle = (name: string, pick: (turn: Turn) => number): number =>
    rounded(median((turns.get(name) ?? []).map(pick)));
  const results = [...turns.keys()].map((name) => ({
    name,
    imagesPerSecond: middle(name, (turn) => turn.imagesPerSecond),
    cpuMs: middle(name, (turn) => turn.cpuMs),
  }));
  const alone = turns.get("sharpAlone") ?? [];
  const pairs = (turns.get("loader") ?? []).map((turn, i) => turn.imagesPerSecond / (alone[i]?.imagesPerSecond ?? 1));
  const ratio = rounded(median(pairs));
  if (values.json) console.log(JSON.stringify({ images, runs, workers, size, results, ratio }, null, 2));
  else {
    const rows = results.map(({ name, imagesPerSecond, cpuMs }) => [name, integer(imagesPerSecond), short(cpuMs)]);
    printTable([[`${workers} threads, ${size}x${size}`, "images/s", "CPU ms/image"], ...rows]);
    console.log(`loader / sharp alone: ${(100 * ratio).toFixed(0)} % (median of ${runs} turns)`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
