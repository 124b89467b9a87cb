// Makes a small ImageNet-like tree from MNIST or Fashion-MNIST: tinted JPEGs of mixed sizes in class folders, some broken.
// npm run build && node tools/make-image-tree.mjs OUT [--data FOLDER] [--train N] [--val N] [--broken N] [--seed N] [--zip]
import { createWriteStream, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { findMnist, loadImageSet } from "snnmlp";
import yazl from "yazl";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: "string" },
    train: { type: "string", default: "2000" },
    val: { type: "string", default: "500" },
    broken: { type: "string", default: "3" },
    seed: { type: "string", default: "0" },
    zip: { type: "boolean", default: false },
  },
});
const [out] = positionals;
const [train, val, broken, seed] = ["train", "val", "broken", "seed"].map((name) => Number(values[name]));
if (positionals.length !== 1 || ![train, val, broken, seed].every((n) => Number.isSafeInteger(n) && n >= 0)) {
  console.error("usage: make-image-tree.mjs OUT [--data FOLDER] [--train N] [--val N] [--broken N] [--seed N] [--zip]");
  process.exit(2);
}
if (existsSync(out)) {
  console.error(`error: ${out} exists already; name a new folder`);
  process.exit(1);
}

const digits = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const clothes = ["t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle-boot"];
const folder = values.data ?? findMnist();
const names = folder.includes("fashion") ? clothes : digits;

/** Uniform numbers in [0, 1), the same for the same seed (mulberry32). */
function randomNumbers(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A light figure in one colour on a dark ground in another, enlarged to a size and shape of its own. */
async function picture({ images, height, width }, index, random) {
  const ground = [0, 1, 2].map(() => 90 * random());
  const light = [0, 1, 2].map(() => 150 + 105 * random());
  const grey = images.subarray(index * height * width, (index + 1) * height * width);
  const colours = Uint8Array.from({ length: 3 * grey.length }, (_, i) => {
    const share = grey[Math.floor(i / 3)] / 255;
    return ground[i % 3] + share * (light[i % 3] - ground[i % 3]);
  });
  const side = Math.round(64 + 192 * random());
  const size = { width: side, height: Math.round(side * (0.75 + 0.6 * random())), fit: "fill" };
  const enlarged = sharp(colours, { raw: { width, height, channels: 3 } }).resize(size);
  // Among ImageNet's files, too, there are grey ones.
  const coloured = random() < 0.1 ? enlarged.toColourspace("b-w") : enlarged;
  return coloured.jpeg({ quality: 80 + Math.round(15 * random()) }).toBuffer();
}

/** Cut off in the middle, empty, or no image at all. */
const breakers = [
  (jpeg) => jpeg.subarray(0, Math.floor(jpeg.length / 2)),
  () => Buffer.alloc(0),
  () => Buffer.from("this is no picture\n"),
];

async function* files(split, count) {
  const set = await loadImageSet(folder, split === "train" ? "train" : "test");
  const random = randomNumbers(seed + (split === "train" ? 0 : 1e6));
  const wanted = Math.min(count, set.count);
  const ruined = new Map();
  while (ruined.size < Math.min(broken, wanted)) {
    const index = Math.floor(random() * wanted);
    if (!ruined.has(index)) ruined.set(index, breakers[ruined.size % breakers.length]);
  }
  for (let i = 0; i < wanted; i++) {
    const jpeg = await picture(set, i, random);
    const ruin = ruined.get(i);
    const name = `${names[set.labels[i]]}/${split}_${String(i).padStart(8, "0")}.JPEG`;
    yield { name, label: set.labels[i], bytes: ruin ? ruin(jpeg) : jpeg };
  }
}

for (const [split, count] of [
  ["train", train],
  ["val", val],
]) {
  if (values.zip) {
    mkdirSync(out, { recursive: true });
    const archive = new yazl.ZipFile();
    const written = pipeline(archive.outputStream, createWriteStream(join(out, `${split}.zip`)));
    let map = "";
    for await (const { name, label, bytes } of files(split, count)) {
      archive.addBuffer(bytes, name, { compress: bytes.length % 2 === 0 });
      map += `${name}\t${label}\n`;
    }
    archive.end();
    await written;
    writeFileSync(join(out, `${split}_map.txt`), map);
  } else {
    for await (const { name, bytes } of files(split, count)) {
      const path = join(out, split, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytes);
    }
  }
}
console.log(`${out}: ${train} training and ${val} validation images of ${folder}, ${broken} broken in each`);
