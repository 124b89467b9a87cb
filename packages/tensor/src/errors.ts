/** Base of every error this library raises on purpose; `code` is stable, the text says what, where and what to do. */
export class TensorError extends Error {
  override readonly name: string = "TensorError";
}

/** Shapes, dtypes or options of a call do not fit together. */
export class ShapeError extends TensorError {
  override readonly name = "ShapeError";
  /** @param op the public function that was called */
  constructor(
    readonly op: string,
    detail: string,
  ) {
    super(`${op}: ${detail}`);
  }
}

/** A tensor was used after `dispose()` or after its scope ended. */
export class UseAfterFreeError extends TensorError {
  override readonly name = "UseAfterFreeError";
  constructor(
    readonly op: string,
    readonly shape: readonly number[],
  ) {
    super(
      `tensor [${shape.join(", ")}] made by ${op} was freed before this use; keep it with scope.keep(tensor), or make it outside the scope`,
    );
  }
}

/** A tensor or dispatch is larger than the adapter allows. */
export class LimitError extends TensorError {
  override readonly name = "LimitError";
  constructor(
    readonly op: string,
    readonly limit: string,
    readonly requested: number,
    readonly allowed: number,
    fix: string,
  ) {
    super(`${op}: needs ${requested.toLocaleString("en")} but ${limit} is ${allowed.toLocaleString("en")}; ${fix}`);
  }
}

/** What the driver reported: validation, shader compilation, out of memory or a lost device. */
export class DeviceError extends TensorError {
  override readonly name = "DeviceError";
  constructor(
    readonly kind: "validation" | "out-of-memory" | "internal" | "lost" | "closed" | "timeout",
    detail: string,
  ) {
    super(detail);
  }
}

/** Something inside a traced function cannot be recorded: a read, a write, a branch on data. */
export class TraceError extends TensorError {
  override readonly name = "TraceError";
}

/** A tuning file in the cache folder that cannot be read or written. */
export class TuningFileError extends TensorError {
  override readonly name = "TuningFileError";
  constructor(
    readonly path: string,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`${path}: ${detail}`, options);
  }
}
