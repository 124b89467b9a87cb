import { type Backend, Device, type Step } from "@snnmlp/tensor";

/** A device like another one, which remembers what its backend was asked to prepare: the steps of compiled Programs. */
export function spyOn(device: Device): { readonly device: Device; readonly programs: (readonly Step[])[] } {
  const programs: (readonly Step[])[] = [];
  const prepare: Backend["prepare"] = (steps) => {
    programs.push(steps);
    return device.backend.prepare(steps);
  };
  const backend = new Proxy(device.backend, {
    get: (target, key) => {
      if (key === "prepare") return prepare;
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { device: new Device(backend, device.stats), programs };
}
