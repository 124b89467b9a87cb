@group(0) @binding(3) var<storage, read_write> state: array<f32>;

const GROW_AFTER = 2000.0;

fn unscaled() -> f32 { return 1.0 / state[0]; }

fn learn(finite: bool) {
  let count = select(0.0, state[1] + 1.0, finite);
  let grown = count == GROW_AFTER;
  // A factor below 1 helps nobody: f16 reaches further up than gradients do.
  let factor = select(max(1.0, 0.5 * state[0]), select(1.0, 2.0, grown) * state[0], finite);
  state[0] = factor;
  state[1] = select(count, 0.0, grown);
}
