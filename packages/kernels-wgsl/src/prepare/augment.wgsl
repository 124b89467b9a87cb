// Normalises bytes (see normalise.wgsl), erases a rectangle of each image, and mixes image b with image m = B - 1 - b:
//   z_b = erased in erase[b], else (byte - mean) / std
//   cut[b] not empty:  y_b = z_m inside cut[b], else z_b        (CutMix, Yun et al., arXiv 1905.04899)
//   cut[b] empty:      y_b = lambda_b z_b + (1 - lambda_b) z_m  (mixup, Zhang et al., arXiv 1710.09412)
// bytes [B, H, W, C] packed in u32; erase, cut [B, 4] i32 (top, left, height, width; a height of 0: none); lambda [B];
// key [2] u32; y [B, H, W, C] f32, where H W C is a multiple of 4.
// An invocation takes four neighbours; grid y and z walk the images. What is not mixed or erased is not read or drawn.
// Moves 5 bytes an element (6 mixed), 2 FLOPs (5 mixed).

struct Params { B: u32, words: u32, W: u32, C: u32, mode: u32, stream: u32 }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> bytes: array<u32>;
@group(0) @binding(2) var<storage, read> statistics: array<vec4f>;
@group(0) @binding(3) var<storage, read> erase: array<vec4i>;
@group(0) @binding(4) var<storage, read> cut: array<vec4i>;
@group(0) @binding(5) var<storage, read> lambda: array<f32>;
@group(0) @binding(6) var<storage, read> key: array<u32>;
@group(0) @binding(7) var<storage, read_write> y: array<vec4f>;

// The q-th four elements of image b, normalised and erased.
fn four(b: u32, q: u32, place: vec4u) -> vec4f {
  let word = b * p.words + q;
  let raw = vec4f((vec4u(bytes[word]) >> vec4u(0, 8, 16, 24)) & vec4u(255));
  let value = (raw - statistics[q % p.C]) / statistics[p.C + q % p.C];
  let rectangle = erase[b];
  if (rectangle.z <= 0) { return value; }
  let gone = inside(rectangle, place);
  if (!any(gone)) { return value; }
  return select(value, erased4(b, word), gone);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let b = group.z * groups.y + group.y;
  let q = group.x * 64u + lane;
  if (b >= p.B || q >= p.words) { return; }
  let place = 4u * q + vec4u(0, 1, 2, 3);
  let own = four(b, q, place);
  let partner = p.B - 1u - b;
  let box = cut[b];
  var value = own;
  if (box.z > 0) {
    let swapped = inside(box, place);
    if (any(swapped)) { value = select(own, four(partner, q, place), swapped); }
  } else {
    let share = lambda[b];
    if (share != 1.0) { value = share * own + (1.0 - share) * four(partner, q, place); }
  }
  y[b * p.words + q] = value;
}
