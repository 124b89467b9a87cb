import type { Device } from "@snnmlp/tensor";
import { type Comparison, worst } from "./compare.js";
import type { Fixture } from "./fixture.js";
import { verifyLif } from "./verify-lif.js";
import { verifyModel } from "./verify-model.js";
import { verifyTraining } from "./verify-training.js";

/** What came out of comparing a fixture's answers with this device's. */
export interface Verification {
  readonly kind: Fixture["kind"];
  /** Whether every tensor is within its tolerance. */
  readonly ok: boolean;
  /** The tensor nearest to its tolerance, or furthest past it. */
  readonly worst: Comparison;
  readonly tensors: readonly Comparison[];
}

/** Computes on a device what a fixture has the answers of, and compares. @throws Error for a fixture without answers */
export async function verify(device: Device, fixture: Fixture): Promise<Verification> {
  const tensors = await compareAll(device, fixture);
  const far = worst(tensors);
  if (!far) throw new Error("the fixture holds no answers to compare with; add logits, loss, grad.* or final.*");
  return { kind: fixture.kind, ok: tensors.every(({ ok }) => ok), worst: far, tensors };
}

async function compareAll(device: Device, fixture: Fixture): Promise<Comparison[]> {
  if (fixture.kind === "model") return verifyModel(device, fixture);
  if (fixture.kind === "training") return verifyTraining(device, fixture);
  const tensors: Comparison[] = [];
  for (const lifCase of fixture.cases) tensors.push(...(await verifyLif(device, lifCase)));
  return tensors;
}
