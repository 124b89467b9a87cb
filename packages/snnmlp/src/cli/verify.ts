import type { Command } from "commander";
import { loadCheckpoint } from "../checkpoint/checkpoint.js";
import type { Comparison } from "../verify/compare.js";
import { type Fixture, readFixture } from "../verify/fixture.js";
import { type Verification, verify } from "../verify/verify.js";
import { adapterNote, openFor } from "./device.js";
import { type DeviceOptions, withDevice } from "./options.js";
import { printJson, printLine, table, UsageError } from "./output.js";

interface VerifyOptions extends DeviceOptions {
  readonly checkpoint?: string;
}

/** Lines of the table that are shown when everything is right. */
const shownWhenRight = 8;

/** `snnmlp verify FIXTURE`: whether this adapter computes what PyTorch computes in float64. */
export function addVerify(program: Command): void {
  const command = program
    .command("verify")
    .description("compute a fixture's frozen answers on this adapter and compare; exit code 1 past the tolerance")
    .argument("<fixture>", "a safetensors file")
    .option("--checkpoint <file>", "take the parameters from this file (.pt, .safetensors) instead of the fixture")
    .addHelpText("after", notes);
  withDevice(command).action(async (path: string, options: VerifyOptions) => {
    const fixture = await withParametersOf(options.checkpoint, await readFixture(path));
    await using device = await openFor(options);
    const started = performance.now();
    const result = await verify(device, fixture);
    const seconds = (performance.now() - started) / 1000;
    if (!result.ok) process.exitCode = 1;
    if (options.json) printJson({ fixture: path, adapter: adapterNote(device), seconds, ...result });
    else print(path, result, seconds);
  });
}

async function withParametersOf(checkpoint: string | undefined, fixture: Fixture): Promise<Fixture> {
  if (checkpoint === undefined) return fixture;
  if (fixture.kind !== "model") throw new UsageError("--checkpoint needs a fixture with input and logits");
  const { parameters } = await loadCheckpoint(checkpoint, fixture.config);
  return { ...fixture, parameters };
}

const notes = `
A fixture holds one of (tensors NCHW and OIHW, as PyTorch writes them):
  input, labels, param.*, and any of logits, loss, grad.*; metadata: config, torch_f32_error
  inputs, labels, lrs, param.*, and any of losses, grad_norms, final.*; metadata: config, recipe
  N.x, N.dy, N.y, N.dx, N.dtau, N.dvth for N = 0, 1, ...; metadata N: axis, group, tau, vth, ...
Relative errors, tensor by tensor: |got - expected| / |expected| in Euclidean norm; of logits and loss, the largest
|got - expected| over the largest |expected|.
Tolerances: logits and loss 1e-5, gradients 1e-4, each at most 4 times torch_f32_error;
recorded runs 1e-3; LIF cases 1e-6.`;

function print(path: string, { kind, ok, worst, tensors }: Verification, seconds: number): void {
  const wrong = tensors.filter((tensor) => !tensor.ok);
  const far = [...tensors].sort((a, b) => b.relative / b.tolerance - a.relative / a.tolerance);
  const shown = wrong.length > 0 ? wrong : far.slice(0, shownWhenRight);
  const header = ["tensor", "shape", "max abs error", "relative error", "tolerance", ""];
  for (const line of table([header, ...shown.map(row)])) printLine(line);
  if (shown.length < tensors.length) printLine(`... and ${tensors.length - shown.length} more${ok ? ", nearer" : ""}`);
  const verdict = ok ? "ok" : `WRONG: ${wrong.length} of ${tensors.length} past tolerance`;
  printLine(`${path} (${kind}): ${verdict}; worst ${worst.name}; ${tensors.length} tensors in ${seconds.toFixed(1)} s`);
}

const row = ({ name, shape, maxAbsolute, relative, tolerance, ok }: Comparison): string[] => [
  name,
  `[${shape.join(", ")}]`,
  maxAbsolute.toExponential(2),
  relative.toExponential(2),
  tolerance.toExponential(2),
  ok ? "ok" : "WRONG",
];
