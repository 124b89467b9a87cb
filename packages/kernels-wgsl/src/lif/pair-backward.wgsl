// Backward of pair-forward.wgsl: dx of both LIFs together, and partials (dtauH, dvthH, dtauW, dvthW), from x, dyH and dyW, each
// as backward.wgsl computes it. Compiled after gradient.wgsl.
// One invocation owns GROUP x GROUP positions of WIDTH neighbouring channels: first the membranes along H of all of them, then
// row by row from the last, the groups along W forwards and backwards beside one step of those along H.
// A tree adds the partials of a workgroup. For GPUs: a CPU has not the registers, and takes seconds to compile it. Moves 16 bytes and does about 22 FLOPs an element.
alias T = f32;
const WIDTH = 1u;
const GROUP = 4u;
const SPIKE = false;
const SURROGATE = 0u; // none, arctan, sigmoid, triangle, rectangle, superspike
const SIZE = 64u;

struct Params { B: u32, H: u32, W: u32, C: u32, alpha: f32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(2) var<storage, read> scalars: array<f32>; // tauH, vthH, tauW, vthW
@group(0) @binding(3) var<storage, read> dyH: array<T>;
@group(0) @binding(4) var<storage, read> dyW: array<T>;
@group(0) @binding(5) var<storage, read_write> dx: array<T>;
@group(0) @binding(6) var<storage, read_write> partials: array<vec4f>;

var<workgroup> slots: array<vec4f, SIZE>;

// The tile at `start`, `rows` x `cols` of it inside the image, a position down being `below` elements on and one across `beside`.
fn tile(start: u32, below: u32, beside: u32, rows: u32, cols: u32) -> vec4f {
  let tauH = scalars[0];
  let vthH = T(scalars[1]);
  let tauW = scalars[2];
  let vthW = T(scalars[3]);
  // u along H
  var uH: array<array<T, GROUP>, GROUP>;
  var oH: array<T, GROUP>;
  for (var h = 0u; h < GROUP; h++) {
    for (var w = 0u; w < GROUP; w++) {
      if (h < rows && w < cols) {
        uH[h][w] = tauH * oH[w] + x[start + h * below + w * beside];
        oH[w] = select(uH[h][w], T(0.0), uH[h][w] > vthH);
      }
    }
  }
  var dtauH = T(0.0);
  var dvthH = T(0.0);
  var dtauW = T(0.0);
  var dvthW = T(0.0);
  var dnH: array<T, GROUP>;
  for (var r = GROUP; r > 0u; r--) {
    let h = r - 1u;
    if (h >= rows) { continue; }
    // u along W
    var uW: array<T, GROUP>;
    var oW = T(0.0);
    for (var w = 0u; w < GROUP; w++) {
      if (w < cols) {
        uW[w] = tauW * oW + x[start + h * below + w * beside];
        oW = select(uW[w], T(0.0), uW[w] > vthW);
      }
    }
    // backwards along W, and one step back along H
    var dnW = T(0.0);
    for (var c = GROUP; c > 0u; c--) {
      let w = c - 1u;
      if (w >= cols) { continue; }
      let k = start + h * below + w * beside;
      var alongH = dyH[k];
      if (SPIKE || rows == GROUP) {
        let before = select(T(0.0), uH[max(h, 1u) - 1u][w], h > 0u);
        alongH = neuronGradient(alongH, uH[h][w], before, dnH[w], vthH, &dtauH, &dvthH);
        dnH[w] = tauH * alongH;
      }
      var alongW = dyW[k];
      if (SPIKE || cols == GROUP) {
        let before = select(T(0.0), uW[max(w, 1u) - 1u], w > 0u);
        alongW = neuronGradient(alongW, uW[w], before, dnW, vthW, &dtauW, &dvthW);
        dnW = tauW * alongW;
      }
      dx[k] = alongH + alongW;
    }
  }
  return vec4f(total(dtauH), total(dvthH), total(dtauW), total(dvthW));
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let workgroup = wid.y * workgroups.x + wid.x;
  let i = workgroup * SIZE + local;
  let columns = p.C / WIDTH;
  let across = (p.W + GROUP - 1u) / GROUP;
  let down = (p.H + GROUP - 1u) / GROUP;
  let count = p.B * down * across * columns;
  var sums = vec4f(0.0);
  if (i < count) {
    let left = (i / columns) % across * GROUP;
    let top = (i / columns / across) % down * GROUP;
    let start = ((i / columns / across / down * p.H + top) * p.W + left) * columns + i % columns;
    sums = tile(start, p.W * columns, columns, min(GROUP, p.H - top), min(GROUP, p.W - left));
  }
  slots[local] = sums;
  for (var half = SIZE / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) { slots[local] += slots[local + half]; }
  }
  if (local == 0u && workgroup * SIZE < count) { partials[workgroup] = slots[0]; }
}
