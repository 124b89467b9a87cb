import type { FloatTensor } from "../checkpoint/checkpoint.js";
import type { FixtureReader } from "./fixture-reader.js";
import { type LifSettings, lifSchema } from "./metadata.js";

/** One LIF layer with its answers; tensors are [B, C, H, W], `dtau` and `dvth` are [1]. */
export interface LifCase {
  /** Its number in the file. */
  readonly name: string;
  readonly settings: LifSettings;
  readonly x: FloatTensor;
  readonly dy: FloatTensor;
  readonly y: FloatTensor;
  readonly dx: FloatTensor;
  readonly dtau: FloatTensor;
  readonly dvth: FloatTensor;
}

/** Reads cases `0.x`, `0.dy`, ..., `1.x`, ... until a number is missing. */
export function readLifCases(reader: FixtureReader): LifCase[] {
  const cases: LifCase[] = [];
  for (let index = 0; reader.has(`${index}.x`); index++) {
    const name = String(index);
    const settings =
      reader.json(name, lifSchema) ?? reader.fail(`its metadata lacks case ${name}`, "add axis, group, tau, vth");
    const image = (tensor: string): FloatTensor => reader.floats(`${name}.${tensor}`, settings.shape);
    const scalar = (tensor: string): FloatTensor => reader.floats(`${name}.${tensor}`, [1]);
    cases.push({
      name,
      settings,
      x: image("x"),
      dy: image("dy"),
      y: image("y"),
      dx: image("dx"),
      dtau: scalar("dtau"),
      dvth: scalar("dvth"),
    });
  }
  return cases;
}
