import { affine, columnSums, meanOverPositions, mulAdd, rowMeans, scalar, total } from "./arithmetic.mjs";
import { software, tf } from "./backend.mjs";
import { fire, groupsOf } from "./neurons.mjs";

/**
 * The layers of `network.mjs` on activations [B * H * W, C] and weights [in, out].
 *
 * @param parameter tensors by name
 * @param keep called with every parameter's gradient
 */
export function layersOf(parameter, keep) {
  /** Runs forward now, and backward when pulled; what forward returns lives until then. */
  const layer = (forward, backward) => {
    const saved = tf.tidy(forward);
    const pull = (dy) => {
      const { dx, ...gradients } = tf.tidy(() => backward(dy, saved));
      for (const [name, gradient] of Object.entries(gradients)) keep(name, tf.keep(gradient));
      tf.dispose(saved);
      return dx;
    };
    return { y: saved.y, pull };
  };

  const product = (x, w, b) => (b ? tf.fused.matMul({ a: x, b: w, bias: b }) : tf.matMul(x, w));
  const linearGradients = (name, x, w, dy, b) => ({
    [`${name}.weight`]: tf.matMul(x, dy, true, false),
    ...(b && { [`${name}.bias`]: columnSums(dy) }),
    // The tiled kernel reads a transposed operand slowly; with many rows an extra transposed copy pays.
    dx: dy.shape[0] >= 64 ? tf.matMul(dy, tf.transpose(w)) : tf.matMul(dy, w, false, true),
  });
  const weights = (name) => [parameter(`${name}.weight`), parameter(`${name}.bias`)];

  const linear = (name, x, _at, add) => {
    const [w, b] = weights(name);
    return layer(
      () => ({ y: add ? tf.add(product(x, w, b), add) : product(x, w, b) }),
      (dy) => linearGradients(name, x, w, dy, b),
    );
  };

  const linearGelu = (name, x, _at, add) => {
    const [w, b] = weights(name);
    return layer(
      () => {
        const half = scalar(Math.SQRT1_2);
        // z / sqrt(2), with the factor on the smaller side.
        const s =
          w.shape[0] < x.shape[0] ? product(x, tf.mul(w, half), tf.mul(b, half)) : tf.mul(product(x, w, b), half);
        const erf = tf.erf(s);
        return { y: gelu(s, erf, add), s, erf };
      },
      (dy, { s, erf }) => linearGradients(name, x, w, geluGradient(s, erf, dy), b),
    );
  };

  const norm = (name, x, { B, H, W, C }) => {
    const [gamma, beta] = weights(name);
    const dims = [B, H * W, C];
    return layer(
      () => {
        const stats = statsOf(x, dims);
        return { y: normalise(x, stats, gamma, beta, dims), stats };
      },
      (dy, { stats }) => normGradients(name, x, stats, gamma, dy, dims),
    );
  };

  const normGelu = (name, x, { B, H, W, C }) => {
    const [gamma, beta] = weights(name);
    const dims = [B, H * W, C];
    return layer(
      () => {
        const half = scalar(Math.SQRT1_2);
        const stats = statsOf(x, dims);
        const s = normalise(x, stats, tf.mul(gamma, half), tf.mul(beta, half), dims);
        const erf = tf.erf(s);
        return { y: gelu(s, erf), stats, s, erf };
      },
      (dy, { stats, s, erf }) => normGradients(name, x, stats, gamma, geluGradient(s, erf, dy), dims),
    );
  };

  const depthwise = (name, x, { B, H, W, C }) => {
    const [filter, b] = weights(name);
    const image = (t) => tf.reshape(t, [B, H, W, C]);
    const options = { strides: 1, pad: "same" };
    return layer(
      () => {
        const bias = tf.reshape(b, [C]);
        const y = tf.fused.depthwiseConv2d({ x: image(x), filter, bias, ...options });
        return { y: tf.reshape(y, [B * H * W, C]) };
      },
      (dy) => ({
        [`${name}.weight`]: tf.engine().runKernel(
          "DepthwiseConv2dNativeBackpropFilter",
          { x: image(x), dy: image(dy) },
          {
            ...options,
            dilations: [1, 1],
            filterShape: filter.shape,
          },
        ),
        [`${name}.bias`]: columnSums(dy),
        dx: tf.reshape(tf.depthwiseConv2d(image(dy), tf.reverse(filter, [0, 1]), 1, "same"), [B * H * W, C]),
      }),
    );
  };

  const lif = (name, x, { B, H, W, C }, axis) => {
    const [tau, vth] = [parameter(`${name}.tau`), parameter(`${name}.Vth`)].map((t) => tf.reshape(t, []));
    const groups = axis === "H" ? groupsOf(B, H, W * C) : groupsOf(B * H, W, C);
    if (groups.whole === 0)
      return layer(
        () => ({ y: tf.clone(x) }),
        (dy) => ({ dx: tf.clone(dy) }),
      );
    return layer(
      () => {
        const { u, ...kept } = fire(groups.split(x), tau, vth);
        const membrane = tf.concat(u, 1);
        return { y: groups.join(tf.maximum(membrane, vth), x), membrane, ...kept };
      },
      (dy, { membrane, rested, o }) => {
        const g = groups.main(dy);
        const passed = tf.mul(g, tf.greater(membrane, vth));
        const d = groups.columns(passed);
        let dtau;
        for (let j = d.length - 2; j >= 0; j--) {
          dtau = dtau ? mulAdd(d[j + 1], o[j], dtau) : tf.mul(d[j + 1], o[j]);
          d[j] = mulAdd(tf.mul(d[j + 1], tau), rested[j], d[j]);
        }
        return {
          [`${name}.tau`]: total(dtau),
          [`${name}.Vth`]: total(tf.sub(g, passed)),
          dx: groups.join(tf.concat(d, 1), dy),
        };
      },
    );
  };

  /** [B * H * p, W * p] pixels of C channels to [B * H * W, p * p * C]: one transpose of four axes. */
  const cut = (x, { B, H, W, C }, p) =>
    tf.reshape(tf.transpose(tf.reshape(x, [B * H, p, W, p * C]), [0, 2, 1, 3]), [B * H * W, p * p * C]);

  return {
    linear,
    linearGelu,
    norm,
    normGelu,
    depthwise,
    lif,
    add: (a, b) => tf.add(a, b),
    scope: (f) => tf.tidy(f),
    patches: (name, images, at) => {
      const [w, b] = weights(name);
      const patch = Math.sqrt(w.shape[0] / images.shape[3]);
      const x = tf.keep(cut(images, { ...at, C: images.shape[3] }, patch));
      return layer(
        () => ({ y: product(x, w, b) }),
        (dy) => {
          const { dx: _nobody, ...gradients } = linearGradients(name, x, w, dy, b);
          x.dispose();
          return gradients;
        },
      );
    },
    merge: (x, { B, H, W, C }) =>
      layer(
        () => ({ y: cut(x, { B, H: H / 2, W: W / 2, C }, 2) }),
        (dy) => {
          const apart = tf.transpose(tf.reshape(dy, [(B * H) / 2, W / 2, 2, 2 * C]), [0, 2, 1, 3]);
          return { dx: tf.reshape(apart, [B * H * W, C]) };
        },
      ),
    meanOverPositions: (x, { B, H, W, C }) =>
      layer(
        () => ({ y: meanOverPositions(x, B, H * W, C) }),
        (dy) => {
          const each = tf.reshape(tf.mul(dy, scalar(1 / (H * W))), [B, 1, C]);
          return { dx: tf.reshape(tf.mul(tf.ones([B, H * W, C]), each), [B * H * W, C]) };
        },
      ),
  };
}

/** gelu(z) = (1 + erf) z / 2 with s = z / sqrt(2), plus `add`. */
const gelu = (s, erf, add = scalar(0)) =>
  affine({ x: erf, mean: scalar(-1), variance: scalar(2), scale: s, offset: add });

/** dy gelu'(z) = dy / 2 (1 + erf + 2 / sqrt(pi) s exp(-s s)). A power of two tensors runs four at a time, exp does not. */
function geluGradient(s, erf, dy) {
  const bell = tf.pow(scalar(Math.exp(-1)), tf.mul(s, s));
  const slope = affine({ x: bell, variance: scalar(Math.PI / 4), scale: s, offset: erf });
  return affine({ x: slope, mean: scalar(-1), variance: scalar(4), scale: dy });
}

function statsOf(x, [B, HW, C]) {
  const rows = tf.reshape(x, [B, HW * C]);
  const mean = rowMeans(rows);
  const variance = rowMeans(tf.squaredDifference(rows, mean));
  return { mean, rstd: tf.rsqrt(tf.add(variance, scalar(1e-5))) };
}

function normalise(x, { mean, rstd }, gamma, beta, [B, HW, C]) {
  const scale = tf.mul(rstd, gamma);
  const shift = tf.sub(beta, tf.mul(scale, mean));
  if (B === 1) return mulAdd(x, scale, shift);
  const y = mulAdd(tf.reshape(x, [B, HW, C]), tf.reshape(scale, [B, 1, C]), tf.reshape(shift, [B, 1, C]));
  return tf.reshape(y, [B * HW, C]);
}

/** With h = (x - mean) rstd: dx = rstd (dy gamma - mean(dy gamma) - h mean(dy gamma h)), means over a sample. */
function normGradients(name, x, { mean, rstd }, gamma, dy, [B, HW, C]) {
  const rows = tf.reshape(x, [B, HW * C]);
  const h = software ? tf.mul(tf.sub(rows, mean), rstd) : affine({ x: rows, mean, scale: rstd });
  const [m1, m2] = [dy, tf.mul(dy, tf.reshape(h, dy.shape))].map((t) => meanOverPositions(t, B, HW, C));
  const perChannel = tf.mul(gamma, scalar(1 / C));
  const [a, b] = [m1, m2].map((m) => tf.mul(rstd, tf.matMul(m, perChannel, false, true)));
  const scale = tf.mul(rstd, gamma);
  const scaled = B === 1 ? tf.mul(dy, scale) : tf.mul(tf.reshape(dy, [B, HW, C]), tf.reshape(scale, [B, 1, C]));
  const common = mulAdd(h, b, a);
  const sum = (m) => tf.mul(meanOverPositions(m, 1, B, C), scalar(B * HW));
  return {
    [`${name}.weight`]: sum(m2),
    [`${name}.bias`]: sum(m1),
    dx: tf.sub(tf.reshape(scaled, dy.shape), tf.reshape(common, dy.shape)),
  };
}
