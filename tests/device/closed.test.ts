import { grad } from "@snnmlp/autograd";
import { add, full, openDevice, sum, tensor } from "@snnmlp/tensor";
import { expect, test } from "vitest";

test("everything on a closed device throws the same error, and nothing is left to reject later", async () => {
  const device = await openDevice({ software: "allow" });
  const x = tensor(device, [1, 2], [2]);
  await x.read();
  await device.close();
  const closed = /this device was closed; open another with openDevice/;
  await expect(x.read()).rejects.toThrow(closed);
  await expect(device.idle()).rejects.toThrow(closed);
  expect(() => x.write([3, 4])).toThrow(closed);
  expect(() => add(x, x)).toThrow(closed);
  expect(() => full(device, [2], 0)).toThrow(closed);
  // An unobserved rejection would fail the run in a later turn of the event loop.
  await new Promise((resolve) => setTimeout(resolve, 100));
});

test("integers have no gradient", async () => {
  await using device = await openDevice({ software: "allow" });
  const n = tensor(device, [1, 2], [2], "i32");
  expect(() => grad((v: typeof n) => sum(v))(n)).toThrow("is i32, which has no gradient");
});
