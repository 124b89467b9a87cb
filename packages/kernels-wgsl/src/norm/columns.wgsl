// dbeta[c] = sum_n sums[n, c] and dgamma[c] = sum_n sumsH[n, c], both [N, C].
// One invocation per WIDTH channels, in the order of n. Moves 8 bytes and does 2 FLOPs per n and channel.
alias T = f32;
const WIDTH = 1u;

struct Params { N: u32, C: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> sums: array<T>;
@group(0) @binding(2) var<storage, read> sumsH: array<T>;
@group(0) @binding(3) var<storage, read_write> dgamma: array<T>;
@group(0) @binding(4) var<storage, read_write> dbeta: array<T>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u) {
  let columns = p.C / WIDTH;
  if (gid.x >= columns) { return; }
  var sum = T(0.0);
  var sumH = T(0.0);
  for (var n = 0u; n < p.N; n++) {
    sum += sums[n * columns + gid.x];
    sumH += sumsH[n * columns + gid.x];
  }
  dbeta[gid.x] = sum;
  dgamma[gid.x] = sumH;
}
