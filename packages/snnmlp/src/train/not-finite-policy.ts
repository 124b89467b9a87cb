import type { StepResult } from "./step.js";

/** A loss or gradient stopped being a number. */
export class DivergedError extends Error {
  override readonly name = "DivergedError";
}

/** What to do about an update whose loss or gradient is not finite: end the run, or leave the update out. */
export const notFinitePolicies = ["stop", "skip"] as const;
/** A name in `notFinitePolicies`. */
export type NotFinitePolicy = (typeof notFinitePolicies)[number];

/** An update that was left out. */
export interface SkippedUpdate {
  readonly step: number;
  /** What was not finite. */
  readonly skipped: string;
}

/** So many updates in a row may be left out. */
const mostInARow = 50;

/** Watches the results of updates. None that is not finite has reached the parameters: the step sees to that. */
export class NotFiniteGuard {
  #inARow = 0;

  /** @param onSkip called with every update that is left out */
  constructor(
    private readonly policy: NotFinitePolicy,
    private readonly onSkip: (update: SkippedUpdate) => void,
  ) {}

  /**
   * Whether an update counts.
   *
   * @param locate which layer it got stuck at, where that can be told
   * @throws DivergedError when it does not count and the run must end, naming the layer
   */
  async accepts(
    update: number,
    { loss, gradientNorm, lossScale = 1 }: StepResult,
    locate: () => Promise<string | undefined>,
  ): Promise<boolean> {
    if (Number.isFinite(loss) && Number.isFinite(gradientNorm)) {
      this.#inARow = 0;
      return true;
    }
    if (lossScale > 1) {
      this.onSkip({
        step: update,
        skipped: `update ${update}: a loss scale of ${lossScale} was too large for f16; halved`,
      });
      return false;
    }
    this.#inARow += 1;
    // Naming the layer costs another forward and backward pass: once for each row.
    const layer = this.policy === "stop" || this.#inARow === 1 ? await located(locate) : "";
    const what = `update ${update}: loss ${loss}, gradient norm ${gradientNorm}${layer}`;
    if (this.policy === "stop") {
      throw new DivergedError(
        `${what}; the parameters are as before it: lower the learning rate, or leave such updates out with --on-nonfinite skip`,
      );
    }
    if (this.#inARow >= mostInARow) {
      throw new DivergedError(`${what}; ${mostInARow} updates in a row had to be left out; lower the learning rate`);
    }
    this.onSkip({ step: update, skipped: what });
    return false;
  }
}

async function located(locate: () => Promise<string | undefined>): Promise<string> {
  try {
    const found = await locate();
    return `; ${found ?? "computed again, everything is finite"}`;
  } catch (cause) {
    // Looking at every layer takes memory of its own.
    return `; the layer could not be found: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
}
