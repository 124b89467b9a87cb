import type { Command } from "commander";
import { decodeImage } from "../data/image.js";
import { readClassNames } from "../data/sets/class-names.js";
import { Classifier } from "../train/evaluate.js";
import { type Guess, likeliest } from "../train/likeliest.js";
import { adapterNote, openFor } from "./device.js";
import {
  classNamesOf,
  type ModelFileOptions,
  modelOf,
  preprocessingFor,
  readModelFile,
  withModelFile,
} from "./model-file.js";
import { type DeviceOptions, wholeNumber, withDevice, withPrecision } from "./options.js";
import { printJson, printLine } from "./output.js";

interface PredictOptions extends DeviceOptions, ModelFileOptions {
  readonly top: number;
  readonly invert: boolean;
  readonly classes?: string;
}

interface Prediction {
  readonly image: string;
  /** Likeliest first. */
  readonly guesses: readonly (Guess & { readonly name?: string })[];
}

/** `snnmlp predict IMAGE...`: classes and probabilities of PNG or JPEG files. */
export function addPredict(program: Command): void {
  const command = program
    .command("predict")
    .description("tell the class of images, with its probability")
    .argument("<image...>", "PNG or JPEG files")
    .option("--top <n>", "classes per image", wholeNumber(1), 1)
    .option("--invert", "the drawing is dark on white paper", false)
    .option("--classes <file>", "names of the classes in the order of their labels (default: the checkpoint's)")
    .addHelpText("after", notes);
  withPrecision(withDevice(withModelFile(command))).action(async (paths: string[], options: PredictOptions) => {
    const checkpoint = await readModelFile(options);
    const preprocessing = preprocessingFor(checkpoint, options.checkpoint);
    const names = options.classes
      ? (await readClassNames(options.classes)).names
      : classNamesOf(checkpoint, options.checkpoint);
    const images: Uint8Array[] = [];
    for (const path of paths) images.push(await decodeImage(path, checkpoint.config, preprocessing, options));
    await using device = await openFor(options);
    using classifier = await Classifier.create(modelOf(device, checkpoint), 1, preprocessing);
    const predictions: Prediction[] = [];
    for (const [i, image] of images.entries()) {
      const guesses = likeliest(await classifier.logits(image), options.top).map((guess) => {
        const name = names?.[guess.class];
        return name === undefined ? guess : { ...guess, name };
      });
      predictions.push({ image: paths[i] ?? "", guesses });
    }
    if (options.json) printJson({ adapter: adapterNote(device), checkpoint: options.checkpoint, predictions });
    else print(predictions);
  });
}

const notes = `
Digit models (28x28 light on black, in 32x32): the image is made grey, fitted into 28x28 and surrounded with black;
--invert for dark ink on white paper. Colour models: the shorter side to 8/7 of the input, the middle cut out.`;

function print(predictions: readonly Prediction[]): void {
  for (const { image, guesses } of predictions) {
    const told = guesses.map(
      ({ class: index, name = String(index), probability }) => `${name} (${(100 * probability).toFixed(1)} %)`,
    );
    printLine(`${image}: ${told.join(", ")}`);
  }
}
