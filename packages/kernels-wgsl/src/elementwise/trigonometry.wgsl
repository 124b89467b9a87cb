// sin and cos within 1e-7 for |x| <= 8000: WGSL's own may be off by 5e-4, and are on some drivers (SwiftShader: 2e-4).
// Functions only: a launcher puts this text in front of a shader that calls them.
//
// x = k pi/2 + r with |r| <= pi/4; pi/2 is split into three parts, the first two of 8 bits, so that k times them is exact.
// sin r = r + r^3 p(r^2) and cos r = 1 - r^2/2 + r^4 q(r^2), where p and q interpolate at Chebyshev nodes (1e-11 apart).

fn sinQuarterTurns(x: vec4f, quarters: vec4i) -> vec4f { // sin(x + quarters pi/2)
  let k = round(x * 0.6366197723675814);
  let r = ((x - k * 1.5703125) - k * 0.0004825592041015625) - k * 1.2675908465098473e-6;
  let z = r * r;
  var p = vec4f(2.7249894276165104e-6);
  p = p * z - 0.00019840086487539843;
  p = p * z + 0.008333331874227527;
  p = p * z - 0.16666666663853685;
  var q = vec4f(-2.7300125280511706e-7);
  q = q * z + 2.4800590312212343e-5;
  q = q * z - 0.0013888887634683237;
  q = q * z + 0.0416666666639122;
  let quadrant = vec4i(k) + quarters;
  let odd = (quadrant & vec4i(1)) == vec4i(1);
  let value = select(r + r * z * p, 1.0 - 0.5 * z + z * z * q, odd);
  return select(value, -value, (quadrant & vec4i(2)) == vec4i(2));
}

fn sin4(x: vec4f) -> vec4f { return sinQuarterTurns(x, vec4i(0)); }

fn cos4(x: vec4f) -> vec4f { return sinQuarterTurns(x, vec4i(1)); }
