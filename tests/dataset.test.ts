import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { DatasetError, openDataset, type SplitName } from "snnmlp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import yazl from "yazl";

const folder = mkdtempSync(join(tmpdir(), "dataset-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A folder with these files, each with its name as content unless told otherwise. */
function files(name: string, paths: readonly string[], content?: string): string {
  for (const path of paths) {
    mkdirSync(dirname(join(folder, name, path)), { recursive: true });
    writeFileSync(join(folder, name, path), content ?? path);
  }
  return join(folder, name);
}

async function refusal(path: string, split: SplitName = "train", classes?: string): Promise<string> {
  const error: unknown = await openDataset(path, split, classes === undefined ? {} : { classes }).then(
    () => "accepted",
    (cause: unknown) => cause,
  );
  if (error instanceof DatasetError) return `${error.path.slice(folder.length + 1)}: ${error.reason}`;
  throw new Error(`expected a DatasetError, got ${error}`);
}

const contents = async (path: string, split: SplitName = "train") => {
  const set = await openDataset(path, split);
  const names = Array.from({ length: set.count }, (_, i) => set.nameOf(i).slice(path.length + 1));
  return { names, labels: [...Array.from(set.labels)], classes: set.classNames };
};

describe("a tree of class folders", () => {
  it("takes classes and files in torchvision's order, nested, through links, of every spelling", async () => {
    const path = files("tree", [
      "train/b/2.jpg",
      "train/b/10.JPEG",
      "train/b/deep/1.png",
      "train/b/deep/er/1.png",
      "train/b/deep-2/3.webp",
      "train/B/x.Jpeg",
      "train/B/notes.txt",
      "train/B/.hidden.jpg",
      "elsewhere/y.jpg",
      "train/README",
      "val/b/1.jpg",
      "test/B/2.jpg",
      "test/b/2.jpg",
    ]);
    symlinkSync(join(path, "elsewhere"), join(path, "train/c"));
    symlinkSync(join(path, "train/b"), join(path, "train/b/deep/again"));
    const train = await contents(path);
    expect(train.classes).toEqual(["B", "b", "c"]);
    expect(train.names).toEqual([
      "train/B/x.Jpeg",
      "train/b/10.JPEG",
      "train/b/2.jpg",
      "train/b/deep/1.png",
      "train/b/deep-2/3.webp",
      "train/b/deep/er/1.png",
      "train/c/y.jpg",
    ]);
    expect(train.labels).toEqual([0, 1, 1, 1, 1, 1, 2]);
    expect((await contents(path, "val")).names).toEqual(["val/b/1.jpg"]);
    expect((await contents(path, "test")).names).toEqual(["test/B/2.jpg", "test/b/2.jpg"]);
  });

  it("follows labels.json: as an order of its folders, or as names to show", async () => {
    const path = files("named", ["train/n1/1.jpg", "train/n2/1.jpg", "val/n2/1.jpg"]);
    const labels = join(path, "labels.json");
    writeFileSync(labels, '["n2", "n0", "n1"]');
    expect(await contents(path)).toMatchObject({ labels: [0, 2], classes: ["n2", "n0", "n1"] });
    expect(await contents(path, "val")).toMatchObject({ labels: [0] });
    writeFileSync(labels, '{"1": ["n1", "hen"], "0": ["n2", "cat"]}');
    expect(await contents(path)).toMatchObject({ labels: [0, 1], classes: ["cat", "hen"] });
    writeFileSync(labels, '{"0": "a hen", "1": "a cat"}');
    expect(await contents(path)).toMatchObject({ labels: [0, 1], classes: ["a hen", "a cat"] });
    writeFileSync(labels, '["n2"]');
    expect(await refusal(path)).toBe(`named/train: its class folder n1 is not among the 1 classes of ${labels}`);
    writeFileSync(join(folder, "lines.txt"), "hen\r\ncat\r\n");
    const set = await openDataset(path, "train", { classes: join(folder, "lines.txt") });
    expect(set.classNames).toEqual(["hen", "cat"]);
  });

  it.each([
    ["[1]", "is no list of class names"],
    ["[]", "is no list of class names"],
    ['{"0": "a", "2": "b"}', "has 2 classes, but none of label 1"],
    ['["a", "b", "a"]', "classes 0 and 2 are both called a"],
    ['["a"', "is not valid JSON"],
    ["\n", "names no class"],
  ])("refuses class names %j", async (text, reason) => {
    const path = files("names", ["train/a/1.jpg"]);
    const file = join(folder, "names.json");
    writeFileSync(file, text);
    expect(await refusal(path, "train", file)).toContain(`names.json: ${reason}`);
  });

  it("names what is missing", async () => {
    expect(await refusal(join(folder, "nowhere"))).toBe("nowhere: no such folder");
    expect(await refusal(files("nothing", ["notes"]))).toBe("nothing: holds no train images");
    expect(await refusal(join(files("file", ["train"]), "train"))).toBe("file/train: is a file, not a folder");
    expect(await refusal(join(folder, "file"))).toBe("file/train: is a file, not a folder");
    expect(await refusal(files("flat", ["val/1.JPEG", "val/2.JPEG"]), "val")).toBe(
      "flat/val: holds 2 images without class folders (1.JPEG, 2.JPEG)",
    );
    const empty = files("empty", ["train/a/1.jpg", "train/b/notes.txt"]);
    expect(await refusal(empty)).toBe("empty/train/b: this class folder holds no .jpg, .jpeg, .png or .webp image");
    expect(await refusal(files("bare", ["train/notes"]))).toBe("bare/train: holds no class folders");
  });
});

describe("the authors' zip layout", () => {
  const names = ["n1/a.JPEG", "n1/b.JPEG", "n0/c.JPEG"];
  /** Writes NAME/train.zip with these files, every other one compressed. */
  async function zip(name: string, entries: readonly string[]): Promise<string> {
    const path = files(name, []);
    mkdirSync(path, { recursive: true });
    const archive = new yazl.ZipFile();
    for (const [i, entry] of entries.entries()) archive.addBuffer(Buffer.from(entry), entry, { compress: i % 2 === 0 });
    archive.end();
    const chunks: Buffer[] = [];
    await pipeline(archive.outputStream, async (stream) => {
      for await (const chunk of stream) chunks.push(Buffer.from(chunk));
    });
    writeFileSync(join(path, "train.zip"), Buffer.concat(chunks));
    return path;
  }
  const map = (path: string, text: string) => writeFileSync(join(path, "train_map.txt"), text);

  let whole = "";
  beforeAll(async () => {
    whole = await zip("whole", [...names, "n1/extra.JPEG", "readme.txt"]);
    map(whole, "n1/a.JPEG\t1\r\nn0/c.JPEG\t0\n\n/n1/b.JPEG\t1\n");
  });

  it("takes labels from the map, names from the folders, and says what the map leaves out", async () => {
    const set = await openDataset(whole, "train");
    expect([set.count, set.numClasses, set.classNames]).toEqual([3, 2, ["n0", "n1"]]);
    expect(Array.from(set.labels)).toEqual([1, 0, 1]);
    expect(set.nameOf(2)).toBe(join(whole, "train.zip@/n1/b.JPEG"));
    expect(set.notes).toEqual([
      `${join(whole, "train.zip")}: left out 1 image that ${join(whole, "train_map.txt")} does not list (n1/extra.JPEG)`,
    ]);
  });

  it("refuses a map and an archive that do not belong together", async () => {
    const path = await zip("broken", names);
    expect(await refusal(path)).toBe("broken/train_map.txt: no such file or folder");
    const fails = async (text: string, reason: string) => {
      map(path, text);
      expect(await refusal(path)).toBe(`broken/train_map.txt: ${reason}`);
    };
    const archive = join(path, "train.zip");
    await fails(
      "n1/a.JPEG\t1\nn1/z.JPEG\t1\nn1/y.JPEG\t0\n",
      `line 2 names n1/z.JPEG, which ${archive} does not hold (nor 1 more)`,
    );
    await fails("n1/a.JPEG 1\n", 'line 1 is "n1/a.JPEG 1"');
    await fails("n1/a.JPEG\tone\n", 'line 1 is "n1/a.JPEG\tone"');
    await fails("n1/a.JPEG\t1\nn1/a.JPEG\t0\n", "line 2 names n1/a.JPEG again, after line 1");
    await fails("notes.txt\t1\n", "line 1 names notes.txt, no .jpg, .jpeg, .png or .webp file");
    await fails("\n", "names no image");
    rmSync(archive);
    map(path, "n1/a.JPEG\t0\n");
    expect(await refusal(path)).toBe("broken/train.zip: no such file or folder");
  });

  it("refuses an archive that is none, is cut off, or whose directory points past its end", async () => {
    const path = join(folder, "cut");
    mkdirSync(path);
    copyFileSync(join(whole, "train_map.txt"), join(path, "train_map.txt"));
    const bytes = readFileSync(join(whole, "train.zip"));
    const fails = async (content: Buffer, reason: RegExp) => {
      writeFileSync(join(path, "train.zip"), content);
      expect(await refusal(path)).toMatch(reason);
    };
    await fails(Buffer.from("hello"), /^cut\/train.zip: cannot be read as a zip archive/);
    await fails(bytes.subarray(0, bytes.length - 30), /^cut\/train.zip: cannot be read as a zip archive/);
    const patched = Buffer.from(bytes);
    const directory = patched.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    patched.writeUInt32LE(0x7fffffff, directory + 42);
    await fails(patched, /^cut\/train.zip: n1\/a.JPEG ends at byte \d+, the archive has only \d+ bytes$/);
  });
});
