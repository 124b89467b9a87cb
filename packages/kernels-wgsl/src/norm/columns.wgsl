// dbeta[c] = sum_n totals[n, 0, c] and dgamma[c] = sum_n totals[n, 1, c], totals [N, 2, C].
// One invocation per WIDTH channels, in the order of n. Moves 8 bytes and does 2 FLOPs per n and channel.
alias T = f32;
const WIDTH = 1u;

struct Params { N: u32, C: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> totals: array<T>;
@group(0) @binding(2) var<storage, read_write> dgamma: array<T>;
@group(0) @binding(3) var<storage, read_write> dbeta: array<T>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u) {
  let columns = p.C / WIDTH;
  if (gid.x >= columns) { return; }
  var sum = T(0.0);
  var sumH = T(0.0);
  for (var n = 0u; n < p.N; n++) {
    sum += totals[n * 2u * columns + gid.x];
    sumH += totals[n * 2u * columns + columns + gid.x];
  }
  dbeta[gid.x] = sum;
  dgamma[gid.x] = sumH;
}
