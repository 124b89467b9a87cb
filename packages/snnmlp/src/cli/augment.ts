import { resolve } from "node:path";
import type { Command } from "commander";
import { type TrainPicture, trainTransform } from "../data/augment/train-transform.js";
import { decode, readImageFile } from "../data/decode.js";
import { withChannels } from "../data/prepare.js";
import { expectFolderOf, writeWhole } from "../write-whole.js";
import { settingsOf, withAugmentFlags } from "./augment-flags.js";
import { contactSheet, erased, png } from "./contact-sheet.js";
import { type CommonOptions, wholeNumber, withCommon } from "./options.js";
import { printJson, printLine, UsageError } from "./output.js";

interface AugmentOptions extends CommonOptions {
  readonly grid: string;
  readonly rows: number;
  readonly cols: number;
  readonly size: number;
  readonly seed: number;
  readonly epoch: number;
  readonly index: number;
  readonly grey: boolean;
}

/** What happened to one picture of the sheet. */
type Told = TrainPicture["drawn"] & Pick<TrainPicture, "erase"> & { readonly epoch: number };

/** A sheet of more pixels is a mistyped size. */
const maxSheetPixels = 100_000_000;

/** `snnmlp augment IMAGE --grid OUT.png`: what training sees of an image, epoch by epoch. */
export function addAugment(program: Command): void {
  const command = program
    .command("augment")
    .description("show what augmentation makes of an image, as a sheet of pictures")
    .argument("<image>", "a JPEG, PNG or WebP file")
    .requiredOption("--grid <file>", "the PNG file to write")
    .option("--rows <n>", "rows of pictures", wholeNumber(1), 4)
    .option("--cols <n>", "pictures in a row", wholeNumber(1), 4)
    .option("--size <pixels>", "side of a picture", wholeNumber(1), 224)
    .option("--seed <n>", "the run's", wholeNumber(0), 0)
    .option("--epoch <n>", "of the second picture; the next is one later, and so on", wholeNumber(0), 0)
    .option("--index <n>", "position of the image in its data set", wholeNumber(0), 0)
    .option("--grey", "as models of one channel see it", false);
  withAugmentFlags(command).addHelpText("after", notes);
  withCommon(command).action(async (path: string, options: AugmentOptions) => {
    checkSheet(path, options);
    const settings = settingsOf({ ...options });
    await expectFolderOf(options.grid);
    const source = withChannels(await decode(await readImageFile(path), path), options.grey ? 1 : 3);
    const { rows, cols, size, seed, epoch, index } = options;
    const cells: TrainPicture["pixels"][] = [];
    const pictures: Told[] = [];
    for (let i = 1; i < rows * cols; i++) {
      const key = { seed, epoch: epoch + i - 1, index };
      const { pixels, erase, drawn } = trainTransform(source, { ...key, size, settings });
      cells.push(erase ? erased(pixels, erase, settings, key) : pixels);
      pictures.push({ epoch: key.epoch, ...drawn, ...(erase && { erase }) });
    }
    await writeWhole(options.grid, await png(contactSheet(source, cells, { size, cols, rows })));
    const { width, height, channels } = source;
    if (options.json) {
      const sheet = { grid: options.grid, rows, cols, size, seed, index };
      printJson({ image: path, width, height, channels, ...sheet, settings, pictures });
      return;
    }
    pictures.forEach((told, i) => {
      const place = `row ${Math.floor((i + 1) / cols) + 1}, column ${((i + 1) % cols) + 1}`;
      printLine(`${place}, epoch ${told.epoch}: ${tell(told)}`);
    });
    printLine(
      `wrote ${options.grid}: ${path} (${width}x${height}), then ${pictures.length} pictures of ${size}x${size}`,
    );
  });
}

const notes = `
The first picture is the image itself. The others are what \`train --seed N\` feeds the network for the image at --index
in the epochs from --epoch on, before mixup and cutmix; what random erasing fills is drawn afresh.`;

function checkSheet(image: string, { grid, rows, cols, size }: AugmentOptions): void {
  if (!grid.toLowerCase().endsWith(".png")) throw new UsageError(`--grid ${grid}: the sheet is a PNG; name it *.png`);
  if (resolve(grid) === resolve(image)) throw new UsageError(`--grid ${grid} is the image itself; name another file`);
  if (rows * cols < 2) throw new UsageError("--rows 1 --cols 1 leaves room for the original alone; ask for more");
  if (rows * cols * size ** 2 > maxSheetPixels) {
    throw new UsageError(
      `${rows} x ${cols} pictures of ${size}x${size} are more than ${maxSheetPixels} pixels; ask for fewer or smaller ones`,
    );
  }
}

const place = ({ left, top, width, height }: NonNullable<Told["area"]>): string =>
  `${width}x${height} at ${left},${top}`;

function tell({ area, hflip, vflip, operations, erase }: Told): string {
  const parts = [
    ...(area ? [`crop ${place(area)}`] : []),
    ...(hflip ? ["mirrored"] : []),
    ...(vflip ? ["upside down"] : []),
    ...operations.map(({ name, argument }) =>
      argument === undefined ? name : `${name} ${Number(argument.toFixed(3))}`,
    ),
    ...(erase ? [`erased ${place(erase)}`] : []),
  ];
  return parts.length > 0 ? parts.join(", ") : "nothing but the crop";
}
