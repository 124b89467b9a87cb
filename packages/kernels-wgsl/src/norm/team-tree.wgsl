// The sum of `value` over the TEAM invocations of a row, by a tree through workgroup memory: the same order every run.
// Put behind a shader that declares T, WIDTH, TEAM and SIZE and calls this in uniform control flow.
var<workgroup> slots: array<f32, SIZE>;

fn teamSum(local: u32, value: T) -> f32 {
  let v = vec4f(value);
  let own = select(v.x, (v.x + v.y) + (v.z + v.w), WIDTH == 4u);
  if (TEAM == 1u) { return own; }
  let lane = local % TEAM;
  slots[local] = own;
  for (var half = TEAM / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { slots[local] += slots[local + half]; }
  }
  workgroupBarrier();
  let sum = slots[local - lane];
  workgroupBarrier();
  return sum;
}
