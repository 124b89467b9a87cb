// What the backward shaders of lif/ share; they are compiled after this text, declare T, WIDTH, SPIKE and SURROGATE, and have
// `alpha` in their Params.

fn surrogate(h: T) -> T {
  let a = T(p.alpha);
  switch SURROGATE {
    case 1u: { let z = 1.5707963267948966 * a * h; return 0.5 * a / (1.0 + z * z); }
    case 2u: { let z = 1.0 / (1.0 + exp(-a * h)); return a * z * (1.0 - z); }
    case 3u: { return a * max(T(0.0), 1.0 - abs(a * h)); }
    case 4u: { return select(T(0.0), a, abs(h) < 0.5 / a); }
    case 5u: { let z = a * abs(h) + 1.0; return 1.0 / (z * z); }
    default: { return T(0.0); }
  }
}

// The gradient of x at a position with membrane u, from g = dy there, the membrane before it (0 at the start of a group) and
// dn, the gradient that reaches the next position's o. Adds to dtau and dvth.
fn neuronGradient(g: T, u: T, before: T, dn: T, vth: T, dtau: ptr<function, T>, dvth: ptr<function, T>) -> T {
  let fired = select(T(0.0), T(1.0), u > vth);
  let s = surrogate(u - vth);
  let us = u * s;
  let du = g * select(fired, s, SPIKE) + dn * (1.0 - fired - us);
  *dvth += g * select(1.0 - fired, -s, SPIKE) + dn * us;
  *dtau += du * select(before, T(0.0), before > vth);
  return du;
}

fn total(value: T) -> f32 {
  let v = vec4f(value);
  return select(v.x, (v.x + v.y) + (v.z + v.w), WIDTH == 4u);
}

