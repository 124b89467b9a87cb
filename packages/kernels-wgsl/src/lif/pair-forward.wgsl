// LIF along H and LIF along W of the same x [B, H, W, C], reading it once: yH and yW, as forward.wgsl computes each.
// One invocation owns GROUP x GROUP positions, that is GROUP whole groups of either axis (fewer at the ends), of WIDTH
// neighbouring channels; it walks along W and keeps one o per position of H. Moves 12 bytes and does 6 FLOPs an element.
alias T = f32;
const WIDTH = 1u;
const GROUP = 4u;
const SPIKE = false;

struct Params { B: u32, H: u32, W: u32, C: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(2) var<storage, read> tauH: array<f32>;
@group(0) @binding(3) var<storage, read> vthH: array<f32>;
@group(0) @binding(4) var<storage, read> tauW: array<f32>;
@group(0) @binding(5) var<storage, read> vthW: array<f32>;
@group(0) @binding(6) var<storage, read_write> yH: array<T>;
@group(0) @binding(7) var<storage, read_write> yW: array<T>;

fn outputOf(x: T, u: T, vth: T, runs: bool) -> T {
  if (SPIKE) { return select(T(0.0), T(1.0), u > vth); }
  return select(x, select(vth, u, u > vth), runs);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) gid: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = gid.y * (workgroups.x * 64u) + gid.x;
  let columns = p.C / WIDTH;
  let across = (p.W + GROUP - 1u) / GROUP;
  let down = (p.H + GROUP - 1u) / GROUP;
  if (i >= p.B * down * across * columns) { return; }
  let left = (i / columns) % across * GROUP;
  let top = (i / columns / across) % down * GROUP;
  let start = ((i / columns / across / down * p.H + top) * p.W + left) * columns + i % columns;
  let rows = min(GROUP, p.H - top);
  let cols = min(GROUP, p.W - left);
  let thresholdH = T(vthH[0]);
  let thresholdW = T(vthW[0]);
  var oH: array<T, GROUP>;
  for (var h = 0u; h < rows; h++) {
    var oW = T(0.0);
    for (var w = 0u; w < GROUP; w++) {
      if (w < cols) {
        let k = start + (h * p.W + w) * columns;
        let value = x[k];
        let uH = tauH[0] * oH[w] + value;
        let uW = tauW[0] * oW + value;
        yH[k] = outputOf(value, uH, thresholdH, rows == GROUP);
        yW[k] = outputOf(value, uW, thresholdW, cols == GROUP);
        oH[w] = select(uH, T(0.0), uH > thresholdH);
        oW = select(uW, T(0.0), uW > thresholdW);
      }
    }
  }
}
