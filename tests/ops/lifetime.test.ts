import {
  add,
  argmax,
  broadcastTo,
  cast,
  clip,
  clipScale,
  concat,
  equal,
  flip,
  gather,
  gelu,
  mean,
  mul,
  oneHot,
  pad,
  permute,
  pow,
  randomKey,
  randomNormal,
  slice,
  sum,
  sumOfSquares,
  type Tensor,
  tensor,
  transpose,
  where,
} from "@snnmlp/tensor";
import { expect, test } from "vitest";
import { noise } from "../kernels/run-launch.js";
import { testDevices } from "../support/check-op.js";

test.each(["oracle", "naive", "tuned"] as const)(
  "an op leaves its result and nothing else behind (%s)",
  async (which) => {
    const device = (await testDevices())[which];
    const x = tensor(device, noise(60), [3, 4, 5]);
    const column = tensor(device, noise(4), [4, 1]);
    const index = tensor(device, [2, 0], [2], "u32");
    const key = randomKey(device, 1);
    const condition = equal(column, 0);
    const square = sumOfSquares(x);
    const results: Record<string, () => Tensor> = {
      add: () => add(x, column),
      mul: () => mul(x, 2),
      pow: () => pow(2, x),
      gelu: () => gelu(x),
      clip: () => clip(x, 0, 1),
      equal: () => equal(x, column),
      cast: () => cast(x, "i32"),
      "cast to itself": () => cast(x, "f32"),
      where: () => where(condition, x, column),
      "where with a number": () => where(condition, x, 0),
      sum: () => sum(x, { axes: [0, 2] }),
      "sum over nothing": () => sum(x, { axes: [] }),
      mean: () => mean(x),
      argmax: () => argmax(x),
      broadcastTo: () => broadcastTo(column, [2, 4, 3]),
      permute: () => permute(x, [2, 0, 1]),
      transpose: () => transpose(x),
      slice: () => slice(x, [[1, 3]]),
      flip: () => flip(x, [1]),
      concat: () => concat([x, x], 1),
      pad: () =>
        pad(x, [
          [1, 1],
          [0, 0],
          [0, 2],
        ]),
      gather: () => gather(x, index),
      oneHot: () => oneHot(index, 3),
      randomNormal: () => randomNormal(key, [7]),
      sumOfSquares: () => sumOfSquares(x),
      clipScale: () => clipScale([square, square], 1),
    };
    for (const [name, run] of Object.entries(results)) {
      const { liveTensors, liveBytes } = device.stats;
      const y = run();
      expect(device.stats.liveTensors - liveTensors, `tensors after ${name}`).toBe(1);
      y.dispose();
      expect(device.stats.liveTensors - liveTensors, `tensors after ${name} is disposed`).toBe(0);
      expect(device.stats.liveBytes, `bytes after ${name} is disposed`).toBe(liveBytes);
    }
  },
);
