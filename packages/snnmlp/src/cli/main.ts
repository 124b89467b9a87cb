import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { addAugment } from "./augment.js";
import { addConvert } from "./convert.js";
import { addDoctor } from "./doctor.js";
import { addEval } from "./eval.js";
import { addInfo } from "./info.js";
import { oneLine, printError, UsageError } from "./output.js";
import { addPredict } from "./predict.js";
import { addProfile } from "./profile.js";
import { addReport } from "./report.js";
import { addThroughput } from "./throughput.js";
import { addTrain } from "./train.js";
import { addTune } from "./tune.js";
import { addVerify } from "./verify.js";

/** Exit code of a wrong command line; a command that fails while it runs exits with 1. */
const usageCode = 2;

const epilogue = `
Exit codes: 0 success, 1 the command failed, 2 the command line is wrong, 130 Ctrl-C.
With --json, stdout holds one JSON document; a failure is {"error":{"name","message",...}}.
Errors are one line on stderr; --debug adds the stack.`;

/**
 * Runs the command line and sets `process.exitCode`.
 *
 * @param args the words after the program's name
 */
export async function main(args: readonly string[]): Promise<void> {
  // A reader that has seen enough (`snnmlp info | head -1`) is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  // Node ends when nothing is left to wait for, even if a command still does: that is no success.
  const early = (): void => {
    process.exitCode = 1;
    printError(new Error("internal: the process ended before the command was done"), { json: false, debug: false });
  };
  process.once("exit", early);
  const program = createProgram();
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    report(error, args, program);
  } finally {
    process.off("exit", early);
  }
}

function createProgram(): Command {
  const program = new Command("snnmlp")
    .description("SNN-MLP image classifiers on WebGPU: train, evaluate, predict, and check the adapter")
    .version(version(), "--version")
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .helpCommand(false)
    .addHelpText("after", epilogue);
  const commands = [addTrain, addEval, addPredict, addVerify, addConvert, addDoctor, addTune, addInfo, addThroughput];
  for (const add of [...commands, addAugment, addReport, addProfile]) add(program);
  return program;
}

/** The version in this package's package.json, which lies beside `dist`. */
function version(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return String(JSON.parse(text).version);
}

function report(error: unknown, args: readonly string[], program: Command): void {
  const options = { json: args.includes("--json"), debug: args.includes("--debug") };
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return;
    process.exitCode = usageCode;
    const command = program.commands.find((candidate) => candidate.name() === args[0]);
    const help = `see: snnmlp ${command ? `${command.name()} ` : ""}--help`;
    const message =
      error.code === "commander.help" ? "a command is missing" : oneLine(error.message).replace(/^error: /, "");
    printError(new UsageError(`${message}; ${help}`), options);
    return;
  }
  process.exitCode = error instanceof UsageError ? usageCode : 1;
  printError(error, options);
}
