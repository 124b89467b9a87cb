// a^b over real numbers, also for a <= 0, which WGSL's pow leaves open:
// 0^0 = 1, 0^b = 0 for b > 0, a^b = +-|a|^b for a < 0 and whole b. Otherwise (no real power) NaN.

fn power(a: V, b: V) -> V {
  let size = exp2(b * log2(select(abs(a), V(1), a == V(0))));
  let zero = select(select(V(0), V(1) / abs(a), b < V(0)), V(1), b == V(0));
  let odd = abs(b - V(2) * floor(b / V(2))) == V(1);
  let signed = select(select(sqrt(-V(1) + a), size, floor(b) == b), -size, odd);
  return select(select(size, signed, a < V(0)), zero, a == V(0));
}
