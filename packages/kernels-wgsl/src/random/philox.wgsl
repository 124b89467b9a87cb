// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): four random words from a
// counter and a key, with no state. Functions only: a launcher puts this text in front of a shader that calls them.

const M0 = 0xD2511F53u;
const M1 = 0xCD9E8D57u;

// The high word of a * b from 16-bit halves; WGSL has no 64-bit product.
fn mulHigh(a: u32, b: u32) -> u32 {
  let a0 = a & 0xffffu;
  let a1 = a >> 16u;
  let b0 = b & 0xffffu;
  let b1 = b >> 16u;
  let low = a0 * b0;
  let mid = a1 * b0 + (low >> 16u);
  let cross = a0 * b1 + (mid & 0xffffu);
  return a1 * b1 + (mid >> 16u) + (cross >> 16u);
}

fn philox(counter: vec4u, key: vec2u) -> vec4u {
  var c = counter;
  var k = key;
  for (var round = 0u; round < 10u; round++) {
    c = vec4u(mulHigh(M1, c.z) ^ c.y ^ k.x, M1 * c.z, mulHigh(M0, c.x) ^ c.w ^ k.y, M0 * c.x);
    k += vec2u(0x9E3779B9u, 0xBB67AE85u);
  }
  return c;
}

// [0, 1) in steps of 2^-24: every value is exact in f32.
fn unit(bits: vec4u) -> vec4f { return vec4f(bits >> vec4u(8)) * 5.9604644775390625e-8; }
