import { Bytes, type Fail } from "./bytes.js";
import { Machine, type PickleHost } from "./machine.js";
import { opcodes } from "./opcodes.js";
import type { PickleValue } from "./values.js";

const stop = 0x2e;

/**
 * The value a pickle describes, made without executing anything: no class is looked up, no method of one is run.
 * Time and memory are bounded by the number of bytes, since no opcode makes more than its own bytes say.
 *
 * @param fail called with the reason, and the byte and the keys where reading stopped
 */
export function unpickle(data: Uint8Array, host: PickleHost, fail: Fail): PickleValue {
  let start = 0;
  const failHere: Fail = (reason, fix) => {
    const place = machine.place();
    return fail(`byte ${start} of its pickle${place && `, near ${place}`}: ${reason}`, fix);
  };
  const bytes = new Bytes(data, failHere);
  const machine = new Machine(bytes, host, failHere);
  for (;;) {
    start = bytes.position;
    const code = bytes.u8();
    if (code === stop) return machine.result();
    const opcode = opcodes.get(code) ?? failHere(`opcode 0x${code.toString(16).padStart(2, "0")} is not known`);
    opcode(machine);
  }
}
