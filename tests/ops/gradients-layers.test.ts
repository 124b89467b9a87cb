import { test } from "vitest";
import { layers } from "./gradients/layers.js";

test.each(Object.entries(layers))("%s", async (_, holds) => {
  await holds();
});
