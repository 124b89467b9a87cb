import { toChannelsFirst, toChannelsLast } from "snnmlp";
import { expect, it } from "vitest";

it("channels-last is the order [B, H, W, C], and back", () => {
  const shape = [2, 3, 2, 2];
  const nchw = Float32Array.from({ length: 24 }, (_, i) => i);
  const nhwc = toChannelsLast(nchw, shape);
  expect([...nhwc.subarray(0, 6)]).toEqual([0, 4, 8, 1, 5, 9]);
  expect([...nhwc.subarray(12, 15)]).toEqual([12, 16, 20]);
  expect(toChannelsFirst(nhwc, shape)).toEqual(nchw);
});
