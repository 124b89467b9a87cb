import type { Device } from "./device.js";
import type { Tensor } from "./tensor.js";

/**
 * Owns the tensors made while it is the innermost scope of its device, and frees them when it ends:
 *
 * ```ts
 * using s = scope(device);
 * const y = s.keep(matmul(gelu(x), w)); // gelu(x) dies with s, y lives on
 * ```
 *
 * Scopes end in the reverse order of their opening, also across `await`.
 */
export class Scope {
  private readonly born = new Set<Tensor>();

  constructor(
    private readonly device: Device,
    /** The scope around this one. */
    readonly outer: Scope | undefined,
  ) {}

  /** Takes a tensor into this scope. */
  adopt(tensor: Tensor): void {
    this.born.add(tensor);
  }

  /** Whether the tensor dies with this scope. */
  owns(tensor: Tensor): boolean {
    return this.born.has(tensor);
  }

  /**
   * Moves a tensor out, to the enclosing scope or, if there is none, to the caller. It may have been made in a scope
   * opened inside this one, such as that of `valueAndGrad`: logits kept in a loss function outlive the gradient.
   */
  keep<T extends Tensor>(tensor: T): T {
    for (let scope = this.device.innermostScope; scope; scope = scope === this ? undefined : scope.outer) {
      if (scope.born.delete(tensor)) this.outer?.adopt(tensor);
    }
    return tensor;
  }

  /** Moves everything out. */
  keepAll(): void {
    for (const tensor of this.born) this.keep(tensor);
  }

  /** Frees everything still in it. */
  end(): void {
    this.device.leave(this, this.outer);
    for (const tensor of this.born) tensor.dispose();
    this.born.clear();
  }

  [Symbol.dispose](): void {
    this.end();
  }
}

/** Opens a scope on a device; see `Scope`. */
export const scope = (device: Device): Scope => device.enter();
