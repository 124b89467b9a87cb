import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { duration, MetricsFile, Progress } from "snnmlp";
import { afterAll, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "report-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("MetricsFile has a line on disk after each write, starts afresh or goes on from an update", () => {
  const path = join(folder, "run", "metrics.jsonl");
  const steps = () =>
    readFileSync(path, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).step);
  const first = new MetricsFile(path);
  first.write({ step: 1, loss: 2.5 });
  expect(steps()).toEqual([1]);
  for (const step of [2, 3]) first.write({ step, loss: 2 });
  first[Symbol.dispose]();
  appendFileSync(path, '{"step":2,"lo');
  const second = new MetricsFile(path, { keep: 2 });
  second.write({ step: 3, loss: 1 });
  expect(steps()).toEqual([1, 2, 3]);
  second[Symbol.dispose]();
  new MetricsFile(path)[Symbol.dispose]();
  expect(readFileSync(path, "utf8")).toBe("");
});

/** A stream that collects what is written to it. */
function collector(terminal: boolean) {
  const chunks: string[] = [];
  const writable = new Writable({
    write(chunk, _, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  const stream = Object.assign(writable, { isTTY: terminal, columns: 120 });
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => chunks.join("") };
}

it("Progress writes plain lines where there is no terminal: the first and the last at once", () => {
  const { stream, text } = collector(false);
  const progress = new Progress("train", 3, stream);
  for (const step of [1, 2, 3]) progress.update({ step, imagesPerSecond: 100.4, secondsLeft: 62, loss: 1 / step });
  progress[Symbol.dispose]();
  expect(text()).toBe(
    "train 1/3 | loss 1.0000 | 100 images/s | 1:02 left\ntrain 3/3 | loss 0.3333 | 100 images/s | 1:02 left\n",
  );
});

it("Progress draws a bar on a terminal and leaves the last state standing", () => {
  const { stream, text } = collector(true);
  Object.assign(stream, { cursorTo: () => true, clearLine: () => true, moveCursor: () => true });
  const progress = new Progress("eval", 2, stream);
  progress.update({ step: 2, imagesPerSecond: 5, secondsLeft: 0 });
  progress[Symbol.dispose]();
  expect(text()).toContain("100% | 2/2 | 5 images/s | 0:00 left");
});

it("duration is minutes and seconds, with hours only when there are any", () => {
  expect([0, 59.6, 3675, -1].map(duration)).toEqual(["0:00", "1:00", "1:01:15", "0:00"]);
});
