import { type Device, openDevice, type TuningSource } from "@snnmlp/tensor";
import type { DeviceOptions } from "./options.js";
import { printNote } from "./output.js";

/** How a result says where it was computed. */
export interface AdapterNote {
  readonly name: string;
  readonly software: boolean;
}

/** Opens the adapter a command asks for and says on stderr, loudly for a software one, what it runs on. */
export async function openFor(
  { allowSoftware, adapter, precision }: DeviceOptions,
  tuning: TuningSource = "user",
): Promise<Device> {
  const device = await openDevice({
    tuning,
    ...(allowSoftware && { software: "allow" }),
    ...(adapter !== undefined && { adapter }),
    ...(precision !== undefined && { precision }),
  });
  const { name, software } = device.capabilities;
  printNote(software ? `adapter: ${name} - SOFTWARE, computes on the CPU` : `adapter: ${name}`);
  return device;
}

/** The part of a device's capabilities that belongs in a result. */
export function adapterNote({ capabilities: { name, software } }: Device): AdapterNote {
  return { name, software };
}
