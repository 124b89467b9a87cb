import { inspectEnvironment } from "snnmlp";
import { expect, it } from "vitest";

it("this machine has what the commands need", () => {
  expect(inspectEnvironment().map(({ name, status }) => [name, status])).toEqual([
    ["Node", "ok"],
    ["MNIST", "ok"],
  ]);
});

it.each([
  ["20.19.0", "ok"],
  ["22.1.0", "ok"],
  ["20.18.3", "missing"],
  ["18.20.0", "missing"],
])("Node %s is %s", (version, status) => {
  expect(inspectEnvironment(version)[0]).toMatchObject({ name: "Node", status });
});
