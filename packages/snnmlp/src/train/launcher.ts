import { compile, type Device, type MemoryPlan, scope, type Tensor } from "@snnmlp/tensor";

/** A function over tensors that is run again and again. */
export interface Launcher {
  /** Queues one run; `done` is called when its report was read. */
  readonly launch: () => { readonly report?: Tensor; readonly done: () => void };
  /** Memory of the Program; `undefined` when eager. */
  readonly plan?: MemoryPlan;
  readonly dispose: () => void;
}

type Body = () => { readonly report?: Tensor };

/** Replays a Program. */
export async function programLauncher(
  device: Device,
  inputs: Readonly<Record<string, Tensor>>,
  body: Body,
): Promise<Launcher> {
  const program = await compile(device, inputs, () => ({ ...body() }) as Record<string, Tensor>);
  const launch = () => ({ ...program.run(), done: () => undefined });
  return { launch, plan: program.plan, dispose: () => program.dispose() };
}

/** Launches every op anew. */
export async function eagerLauncher(device: Device, _inputs: unknown, body: Body): Promise<Launcher> {
  const launch = () => {
    using s = scope(device);
    const { report } = body();
    if (!report) return { done: () => undefined };
    s.keep(report);
    return { report, done: () => report.dispose() };
  };
  return { launch, dispose: () => undefined };
}
