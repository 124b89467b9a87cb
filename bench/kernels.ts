import { measureCeilings, openOracle } from "@snnmlp/tensor";
import { flatRungs } from "./ladder/flat.js";
import { imageRungs } from "./ladder/image.js";
import { matmulRungs, products } from "./ladder/matmul.js";
import { check, measure, type Speed } from "./ladder/measure.js";
import { commonHelp, count, list, open, parse, wrong } from "./lib/options.js";
import { geometricMean, rounded } from "./lib/sample.js";
import { printTable, short } from "./lib/table.js";

/** The ladder: every kernel family checked against the float64 oracle, then timed, naive and tuned. */
const help = `
npm run bench:kernels -- [options]

  --family A,B     only these: matmul, lif, norm, depthwise, elementwise, copy, reduce, softmax, adamw
  --batch-size N   images of the [B, 56, 56, 96] activations (default 8; on a GPU 64)
  --only KIND      tuned or naive (default both)${commonHelp}

Every rung is first computed at a small size on the device and by the float64 oracle; error: largest difference over
largest value. GB/s and GFLOP/s count what its launches must move and compute. Exit code 1 when a rung is wrong.`;

/** Largest error of a right f32 kernel, over the largest value. */
const tolerance = 1e-5;

const values = parse({ family: { type: "string" }, "batch-size": { type: "string" }, only: { type: "string" } }, help);
const { only } = values;
const kinds = (["naive", "tuned"] as const).filter((kind) => only === undefined || kind === only);
if (kinds.length === 0) wrong(`--only is tuned or naive, got "${only}"`);

/** Stands for what was not measured. */
const missing = { error: Number.NaN, ms: Number.NaN, gbPerSecond: Number.NaN, gflopPerSecond: Number.NaN };

const devices = [];
for (const kernels of kinds) devices.push(await open(values, { kernels }));
const device = devices.at(-1) ?? wrong("no device");
const gpu = device.profile.kind === "gpu";
const B = count("batch-size", values["batch-size"] ?? (gpu ? "64" : "8"));
const sizes = gpu ? [...products, { M: 4096, K: 4096, N: 4096 }] : products;
const all = [...matmulRungs(sizes), ...imageRungs(B), ...flatRungs(B * 56 * 56 * 96)];
const families = [...new Set(all.map(({ family }) => family))];
const wanted = list(values.family);
const unknown = wanted.find((family) => !families.includes(family));
if (unknown !== undefined) wrong(`--family takes ${families.join(", ")}, got "${unknown}"`);
const rungs = all.filter(({ family }) => wanted.length === 0 || wanted.includes(family));

const oracle = openOracle();
const ceilings = await measureCeilings(device);
const results: Result[] = [];
for (const rung of rungs) {
  const { family, name } = rung;
  const result: { family: string; name: string; naive?: Checked; tuned?: Checked } = { family, name };
  for (const each of devices) {
    const error = await check(each, oracle, rung);
    result[each.profile.kernels] = { ...(await measure(each, rung)), error, ok: error <= tolerance };
  }
  const { naive, tuned } = result;
  results.push({ ...result, ...(naive && tuned && { ratio: naive.ms / tuned.ms }) });
  console.error([name, ...kinds.map((kind) => `${kind} ${short(result[kind]?.ms ?? Number.NaN)} ms`)].join(", "));
}
for (const each of devices) await each.close();

if (values.json) printJson();
else printText();
const wrongRungs = results.flatMap((result) =>
  kinds.flatMap((kind) => (result[kind]?.ok ? [] : `${result.name}, ${kind}: error ${result[kind]?.error}`)),
);
for (const line of wrongRungs) console.error(`wrong: ${line}, allowed ${tolerance}`);
process.exitCode = wrongRungs.length === 0 ? 0 : 1;

type Checked = Speed & { readonly error: number; readonly ok: boolean };

interface Result {
  readonly family: string;
  readonly name: string;
  readonly naive?: Checked;
  readonly tuned?: Checked;
  /** ms of naive over ms of tuned. */
  readonly ratio?: number;
}

function printJson(): void {
  const tidy = (_: string, value: unknown) => (typeof value === "number" ? rounded(value) : value);
  const { name: adapter, software } = device.capabilities;
  console.log(JSON.stringify({ adapter, software, toggles: values.toggles ?? "", ceilings, results }, tidy, 2));
}

function printText(): void {
  const { bytesPerSecond, flopsPerSecond } = ceilings;
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  const header = ["rung", "kernels", "error", "ms", "GB/s", "of copy", "GFLOP/s", "of peak", "naive/tuned"];
  const rows = results.flatMap((result) =>
    kinds.map((kind) => {
      const { error, ms, gbPerSecond, gflopPerSecond } = result[kind] ?? missing;
      return [
        result.name,
        kind,
        error.toExponential(1),
        short(ms),
        short(gbPerSecond),
        percent((1e9 * gbPerSecond) / bytesPerSecond),
        short(gflopPerSecond),
        percent((1e9 * gflopPerSecond) / flopsPerSecond),
        ...(kind === "tuned" && result.ratio ? [short(result.ratio)] : []),
      ];
    }),
  );
  printTable([header, ...rows]);
  const [copy, peak] = [short(bytesPerSecond / 1e9), short(flopsPerSecond / 1e9)];
  console.log(`copy ${copy} GB/s, peak ${peak} GFLOP/s (multiply-adds in registers)`);
  const ratios = results.flatMap(({ ratio }) => ratio ?? []);
  if (ratios.length > 0) console.log(`naive/tuned, geometric mean: ${short(geometricMean(ratios))}`);
}
