// What stands in an erased rectangle: Gaussians of (key, stream) for each element or each channel, or 0.
// Functions only: a launcher puts this text, and those for Gaussians, in front of a shader with `Params` and `key`.

// Elements 4 word .. 4 word + 3 of image b of the batch, whose channels are 4 word % C and the following.
fn erased4(b: u32, word: u32) -> vec4f {
  if (p.mode == 0u) { return vec4f(0); }
  if (p.mode == 1u) { return boxMuller(unit(philox(vec4u(word, p.stream, 0, 0), vec2u(key[0], key[1])))); }
  let first = word * 4u % p.C;
  return vec4f(colour(b, first), colour(b, (first + 1u) % p.C), colour(b, (first + 2u) % p.C), colour(b, (first + 3u) % p.C));
}

fn colour(b: u32, c: u32) -> f32 {
  return boxMuller(unit(philox(vec4u(b, p.stream, 1, c / 4u), vec2u(key[0], key[1]))))[c % 4u];
}

// Which elements of an image, by their place in it, lie in a rectangle (top, left, height, width).
fn inside(rectangle: vec4i, place: vec4u) -> vec4<bool> {
  let pixel = place / p.C;
  let row = vec4i(pixel / p.W) - rectangle.x;
  let column = vec4i(pixel % p.W) - rectangle.y;
  return (row >= vec4i(0)) & (row < vec4i(rectangle.z)) & (column >= vec4i(0)) & (column < vec4i(rectangle.w));
}
