/** A decoded picture: bytes [height, width, channels], rows from the top, channels last; grey (1) or red, green, blue (3). */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

/** A rectangle of whole pixels. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The whole of a picture. */
export const areaOf = ({ width, height }: Pick<Pixels, "width" | "height">): Area => ({
  left: 0,
  top: 0,
  width,
  height,
});

/** A part of a picture, copied. */
export function cropped({ width, channels, data }: Pixels, area: Area): Pixels {
  const row = area.width * channels;
  const part = new Uint8Array(row * area.height);
  for (let y = 0; y < area.height; y++) {
    const from = ((area.top + y) * width + area.left) * channels;
    part.set(data.subarray(from, from + row), y * row);
  }
  return { width: area.width, height: area.height, channels, data: part };
}

/** A picture mirrored left to right. */
export function flippedHorizontally({ width, height, channels, data }: Pixels): Pixels {
  const mirrored = new Uint8Array(data.length);
  const row = width * channels;
  for (let y = 0; y < height; y++) {
    const start = y * row;
    const end = start + row;
    if (channels === 1) {
      for (let i = 0; i < row; i++) mirrored[start + i] = data[end - 1 - i] ?? 0;
      continue;
    }
    for (let i = 0; i < row; i += 3) {
      const from = end - 3 - i;
      mirrored[start + i] = data[from] ?? 0;
      mirrored[start + i + 1] = data[from + 1] ?? 0;
      mirrored[start + i + 2] = data[from + 2] ?? 0;
    }
  }
  return { width, height, channels, data: mirrored };
}

/** A picture mirrored top to bottom. */
export function flippedVertically({ width, height, channels, data }: Pixels): Pixels {
  const row = width * channels;
  const mirrored = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) mirrored.set(data.subarray(y * row, (y + 1) * row), (height - 1 - y) * row);
  return { width, height, channels, data: mirrored };
}
