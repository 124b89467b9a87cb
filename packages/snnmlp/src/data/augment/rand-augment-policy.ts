/** What an `autoAugment` text asks for. */
export interface RandAugmentPolicy {
  /** 0 (nothing) to 10. */
  readonly magnitude: number;
  /** Standard deviation of a picture's magnitude around it. */
  readonly magnitudeStd: number;
  /** Operations per picture; each is carried out with probability 1/2. */
  readonly layers: number;
  /** Whether posterize, solarize and the enhancements grow stronger with the magnitude. */
  readonly increasing: boolean;
}

/** The authors' policy. */
export const authorsPolicy = "rand-m9-mstd0.5-inc1";

/**
 * Reads timm's notation of RandAugment: `rand`, then in any order `m9` (magnitude, 10 if left out), `n2` (layers, 2),
 * `mstd0.5` (0) and `inc1`.
 *
 * @throws Error that names the part it cannot read; its text has no path of the setting
 */
export function parseRandAugment(text: string): RandAugmentPolicy {
  const [name, ...parts] = text.split("-");
  if (name !== "rand") {
    throw new Error(`expected RandAugment like ${authorsPolicy}, or none, got ${JSON.stringify(text)}`);
  }
  const values = new Map<string, number>();
  for (const part of parts) {
    const [, key = "", digits = ""] = /^(mstd|m|n|inc)(\d+(?:\.\d+)?)$/.exec(part) ?? [];
    const limits = ranges[key];
    const value = Number(digits);
    if (!limits) throw new Error(`${text}: unknown part ${JSON.stringify(part)}, expected m9, n2, mstd0.5 or inc1`);
    if (values.has(key)) throw new Error(`${text}: ${key} is named twice`);
    if (limits.whole && !Number.isInteger(value)) throw new Error(`${text}: ${key} is a whole number, got ${digits}`);
    if (value < limits.low || value > limits.high) {
      throw new Error(`${text}: ${key} is ${limits.told}, got ${digits}`);
    }
    values.set(key, value);
  }
  return {
    magnitude: values.get("m") ?? 10,
    magnitudeStd: values.get("mstd") ?? 0,
    layers: values.get("n") ?? 2,
    increasing: values.has("inc"),
  };
}

interface Range {
  readonly whole: boolean;
  readonly low: number;
  readonly high: number;
  readonly told: string;
}

const ranges: Readonly<Record<string, Range>> = {
  m: { whole: true, low: 0, high: 10, told: "0 to 10 (timm 0.3.2 cuts larger ones off at 10)" },
  n: { whole: true, low: 0, high: 15, told: "0 to 15" },
  mstd: { whole: false, low: 0, high: 10, told: "0 to 10" },
  // timm takes inc0 for inc1, so that whoever writes it gets what they did not mean.
  inc: { whole: true, low: 1, high: 1, told: "1, or left out for the other form" },
};
