// erf(x), and GELU(x) = x/2 (1 + erf(x/sqrt 2)) with its derivative, four lanes at a time.
// Functions only: a launcher puts this text in front of a shader that calls them.
//
// erf, |x| < 1: x p(x^2); else sign(x) (1 - exp(|x| q(|x|))), where exp(..) = erfc <= 0.16 damps its own rounding.
// Both polynomials are minimax fits (Lawson iteration, float64), evaluated by Horner in f32:
// absolute error <= 1.4e-7, relative <= 1.8e-7, over all x. About 30 FLOPs and one exp.

fn erf4(x: vec4f) -> vec4f {
  let t = x * x;
  var p = vec4f(7.853861461626366e-5);
  p = p * t - 0.0008010193705558777;
  p = p * t + 0.005188327748328447;
  p = p * t - 0.026853812858462334;
  p = p * t + 0.1128358542919159;
  p = p * t - 0.3761262595653534;
  p = p * t + 1.1283791065216064;
  let a = min(abs(x), vec4f(4.0)); // erf(4) is 1 in f32, and the fit ends there
  var q = vec4f(-1.4133680451777764e-5);
  q = q * a + 0.0003523305931594223;
  q = q * a - 0.0037646538112312555;
  q = q * a + 0.02402549609541893;
  q = q * a - 0.10654909163713455;
  q = q * a - 0.6349583268165588;
  q = q * a - 1.128697156906128;
  return select(sign(x) * (1.0 - exp(a * q)), x * p, abs(x) < vec4f(1.0));
}

// The normal distribution's upper tail Q(|x|) = r(|x|) exp(-x^2/2), a minimax fit of r on [0, 5] as above: cheaper than
// erf, and its exp is the density's too. GELU is within 1.1e-7 of max(1, |GELU|), its derivative within 1.6e-7.
fn upperTail4(x: vec4f, e: vec4f) -> vec4f {
  let a = min(abs(x), vec4f(5.0));
  var r = vec4f(-2.5641540446486033e-7);
  r = r * a + 6.523775027744705e-6;
  r = r * a - 7.471254502888769e-5;
  r = r * a + 0.0005163635942153633;
  r = r * a - 0.002454887144267559;
  r = r * a + 0.008760876022279263;
  r = r * a - 0.02519773691892624;
  r = r * a + 0.061735767871141434;
  r = r * a - 0.1327323019504547;
  r = r * a + 0.24995823204517365;
  r = r * a - 0.3989395499229431;
  r = r * a + 0.4999999701976776;
  return r * e;
}

fn gelu4(x: vec4f) -> vec4f {
  let q = upperTail4(x, exp(-0.5 * x * x));
  return x * select(q, 1.0 - q, x > vec4f(0.0));
}

// d GELU / dx = Phi(x) + x phi(x), with the normal distribution Phi and its density phi.
fn geluGrad4(x: vec4f) -> vec4f {
  let e = exp(-0.5 * x * x);
  let q = upperTail4(x, e);
  return select(q, 1.0 - q, x > vec4f(0.0)) + x * (0.3989422804014327 * e);
}

fn erf1(x: f32) -> f32 { return erf4(vec4f(x)).x; }

fn gelu1(x: f32) -> f32 { return gelu4(vec4f(x)).x; }

fn geluGrad1(x: f32) -> f32 { return geluGrad4(vec4f(x)).x; }
