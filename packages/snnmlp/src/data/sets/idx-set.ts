import { DatasetError } from "../../file-error.js";
import type { Dataset, SplitName } from "../dataset.js";
import type { ImageSet } from "../image-set.js";
import type { ClassNames } from "./class-names.js";

/** The images of IDX files as a dataset. @throws DatasetError when a label has no name in `names` */
export function idxDataset(set: ImageSet, split: SplitName, names: ClassNames | undefined): Dataset {
  const { folder, count, height, width, images, labels, numClasses } = set;
  if (names && names.names.length < numClasses) {
    const reason = `it has ${numClasses} classes, but ${names.path} names only ${names.names.length}`;
    throw new DatasetError(folder, reason, "name every class from 0 on");
  }
  const size = height * width;
  return {
    folder,
    split,
    count,
    labels,
    numClasses: names?.names.length ?? numClasses,
    ...(names && { classNames: names.names }),
    sortedLabels: false,
    statistics: statisticsOf(images),
    imageSize: { height, width },
    notes: [],
    sample: (index) => {
      // A copy: a view would take the whole set along to a worker.
      const data = images.slice(index * size, (index + 1) * size);
      return { kind: "pixels", pixels: { width, height, channels: 1, data } };
    },
    nameOf: (index) => `${folder} (${split}): image ${index}`,
  };
}

/** Mean and standard deviation in [0, 1], to four digits: for MNIST's training images 0.1307 and 0.3081. */
function statisticsOf(bytes: Uint8Array): { mean: number; std: number } {
  const histogram = new Float64Array(256);
  for (const byte of bytes) histogram[byte] = (histogram[byte] ?? 0) + 1;
  let sum = 0;
  let squares = 0;
  histogram.forEach((count, byte) => {
    sum += (count * byte) / 255;
    squares += count * (byte / 255) ** 2;
  });
  const mean = sum / bytes.length;
  const std = Math.sqrt(Math.max(0, squares / bytes.length - mean ** 2));
  const digits = (value: number): number => Math.round(value * 1e4) / 1e4;
  return { mean: digits(mean), std: Math.max(1e-4, digits(std)) };
}
