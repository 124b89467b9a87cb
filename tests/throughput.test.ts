import { authorsProtocol, measureThroughput } from "snnmlp";
import { describe, expect, it } from "vitest";
import { runCli } from "./support/cli.js";

describe("measureThroughput", () => {
  it("times the batches after the warm-up, with two of them queued at once", async () => {
    let [started, ended, most] = [0, 0, 0];
    const run = async () => {
      started += 1;
      most = Math.max(most, started - ended);
      await new Promise((resolve) => setTimeout(resolve, started <= 3 ? 300 : 3));
      ended += 1;
    };
    const seen: number[] = [];
    const options = { batchSize: 10, warmup: 3, iterations: 5, onBatch: (done: number) => seen.push(done) };
    const { imagesPerSecond, medianMs, minMs, seconds } = await measureThroughput(run, options);
    expect([started, ended, most]).toEqual([8, 8, 2]);
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(imagesPerSecond).toBeCloseTo(50 / seconds, 6);
    expect(minMs).toBeLessThanOrEqual(medianMs);
    expect(seconds).toBeLessThan(0.3);
  });

  it("takes the time of a batch over two, because the ends of two may arrive together", async () => {
    let pair: Promise<void> | undefined;
    let calls = 0;
    const run = () => {
      if (calls++ % 2 === 0) pair = new Promise((resolve) => setTimeout(resolve, 20));
      return pair ?? Promise.resolve();
    };
    const { minMs, medianMs } = await measureThroughput(run, { batchSize: 1, warmup: 0, iterations: 8 });
    expect(minMs).toBeGreaterThan(4);
    expect(medianMs).toBeGreaterThanOrEqual(minMs);
  });

  it("fails with the first batch that fails", async () => {
    let calls = 0;
    const run = () => Promise.reject(new Error(`batch ${++calls}`));
    await expect(measureThroughput(run, { batchSize: 1, warmup: 0, iterations: 4 })).rejects.toThrow("batch 1");
  });
});

describe("snnmlp throughput", () => {
  const pico = ["throughput", "--allow-software", "--model", "pico", "--batch-size", "2", "--warmup", "1"];

  it("measures forward pass and training step", () => {
    const { code, stdout, stderr } = runCli([...pico, "--iterations", "3", "--json"]);
    expect(code).toBe(0);
    expect(stderr).toContain("pico, 1,436,254 parameters: batches of 2 images 32x32x1, 1 to warm up and 3 timed");
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({ model: "pico", batchSize: 2, warmup: 1, iterations: 3, adapter: { software: true } });
    for (const each of [found.forward, found.training]) {
      expect(each.imagesPerSecond).toBeCloseTo(6 / each.seconds, 6);
      expect(each.medianMs).toBeGreaterThanOrEqual(each.minMs);
      expect(each.minMs).toBeGreaterThan(0);
    }
    expect(found.training.peakBytes).toBeGreaterThan(found.forward.peakBytes);
  });

  it("measures one of them, and prints a line for it", () => {
    const { code, stdout } = runCli([...pico, "--iterations", "1", "--forward"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^forward +[\d.]+ images\/s, [\d.]+ ms a batch \(median; fastest [\d.]+ ms\), [\d.]+ MB\n$/);
  });

  it("takes the authors' protocol where nothing else is said, and refuses what makes no sense", () => {
    expect(authorsProtocol).toEqual({ batchSize: 64, warmup: 50, iterations: 30 });
    const help = runCli(["throughput", "--help"]).stdout;
    for (const number of Object.values(authorsProtocol)) expect(help).toContain(`(default: ${number})`);
    expect(runCli([...pico, "--forward", "--train"])).toMatchObject({
      code: 2,
      stderr: "error: --forward and --train are each alone; leave both out to measure both\n",
    });
    expect(runCli(["throughput", "--iterations", "0"])).toMatchObject({ code: 2 });
    expect(runCli(["throughput", "--model", "huge"]).stderr).toContain("no model is called huge");
    expect(runCli(["throughput", "--checkpoint", "/nowhere.safetensors"]).stderr).toContain("/nowhere.safetensors");
  });
});
