import { jax } from "./backend.mjs";
import { neurons } from "./neurons.mjs";
import { convolve, gelu, geluSlope, normalise, normGradients, product } from "./pieces.mjs";

const { numpy: np } = jax;

/**
 * The layers of `network.mjs` on activations [C, B * H * W] and PyTorch's weights [out, in].
 *
 * @param parameter traces a parameter afresh, by name
 * @param keep called with every parameter's gradient
 */
export function layersOf(parameter, keep) {
  const weight = (name) => parameter(`${name}.weight`);
  const column = (name) => parameter(`${name}.bias`).reshape([-1, 1]);

  const linearGradients = (name, x, dy, hasBias) => {
    keep(`${name}.weight`, np.matmul(dy.ref, x().transpose()));
    if (hasBias) keep(`${name}.bias`, dy.ref.sum(1));
  };
  const inputGradient = (name, dy) => product(weight(name).transpose(), dy.ref);
  const before = (name, x) => {
    const y = product(weight(name), x);
    return name.endsWith(".reduction") ? y : y.add(column(name));
  };

  const linear = (name, x, _at, add) => {
    const y = before(name, x.ref);
    return {
      y: add ? y.add(add.ref) : y,
      pull: (dy) => {
        linearGradients(name, () => x.ref, dy, !name.endsWith(".reduction"));
        return inputGradient(name, dy);
      },
    };
  };

  const linearGelu = (name, x, _at, add) => {
    const z = before(name, x.ref);
    const y = gelu(z.ref);
    return {
      y: add ? y.add(add.ref) : y,
      pull: (dy) => {
        const dz = dy.ref.mul(geluSlope(z.ref));
        linearGradients(name, () => x.ref, dz, true);
        return inputGradient(name, dz);
      },
    };
  };

  /** Norm, and `then` of it; `slope` is the derivative of `then`. */
  const normThen = (name, x, { B, H, W, C }, then, slope) => {
    const dims = [C, B, H * W];
    const stats = normalise(() => x.ref.reshape(dims), ...dims);
    const gamma = () => weight(name);
    const normal = () =>
      stats
        .hat()
        .mul(gamma().reshape([C, 1, 1]))
        .add(parameter(`${name}.bias`).reshape([C, 1, 1]));
    return {
      y: then(normal()).reshape([C, B * H * W]),
      pull: (dy) => {
        const dNormal = slope ? dy.ref.reshape(dims).mul(slope(normal())) : dy;
        const found = normGradients(stats, gamma, () => dNormal.ref.reshape(dims), ...dims);
        keep(`${name}.weight`, found.gamma);
        keep(`${name}.bias`, found.beta);
        return found.dx.reshape([C, B * H * W]);
      },
    };
  };

  const depthwise = (name, x, { B, H, W, C }) => {
    const filter = () => weight(name).reshape([C, 1, 1, 3, 3]);
    const images = (t) => t.ref.reshape([C, B, 1, H, W]);
    const flat = (t) => t.reshape([C, B * H * W]);
    return {
      y: flat(convolve(images(x), filter()).add(parameter(`${name}.bias`).reshape([C, 1, 1, 1, 1]))),
      pull: (dy) => {
        const rows = (t) => t.ref.reshape([C, 1, B, H, W]);
        keep(`${name}.weight`, convolve(rows(x), rows(dy)).reshape([C, 9]));
        keep(`${name}.bias`, dy.ref.sum(1));
        return flat(convolve(images(dy), np.flip(filter(), [3, 4])));
      },
    };
  };

  const lif = (name, x, at, axis) => {
    const scalar = (which) => () => parameter(`${name}.${which}`);
    const along = neurons(x, scalar("tau"), scalar("Vth"), at, axis);
    if (along.whole === 0) return { y: x.ref, pull: (dy) => dy.ref };
    return {
      y: along.y(),
      pull: (dy) => {
        keep(`${name}.tau`, along.dtau(dy));
        keep(`${name}.Vth`, along.dvth(dy));
        return along.dx(dy);
      },
    };
  };

  return {
    linear,
    linearGelu,
    norm: (name, x, at) => normThen(name, x, at, (z) => z),
    normGelu: (name, x, at) => normThen(name, x, at, gelu, geluSlope),
    depthwise,
    lif,
    add: (a, b) => a.ref.add(b.ref),
    scope: (f) => f(),
    patches: (name, images, { B, H, W }) => {
      const [, channels, height] = images.shape;
      const p = height / H;
      const cut = () =>
        images.ref
          .reshape([B, channels, H, p, W, p])
          .transpose([1, 3, 5, 0, 2, 4])
          .reshape([channels * p * p, B * H * W]);
      return {
        y: np.matmul(weight(name), cut()).add(column(name)),
        pull: (dy) => linearGradients(name, cut, dy, true),
      };
    },
    merge: (x, { B, H, W, C }) => ({
      y: x.ref
        .reshape([C, B, H / 2, 2, W / 2, 2])
        .transpose([5, 3, 0, 1, 2, 4])
        .reshape([4 * C, (B * H * W) / 4]),
      pull: (dy) =>
        dy.ref
          .reshape([2, 2, C, B, H / 2, W / 2])
          .transpose([2, 3, 4, 1, 5, 0])
          .reshape([C, B * H * W]),
    }),
    meanOverPositions: (x, { B, H, W, C }) => ({
      y: x.ref
        .reshape([C, B, H * W])
        .sum(2)
        .mul(1 / (H * W)),
      pull: (dy) => {
        const each = dy.ref.mul(1 / (H * W)).reshape([C, B, 1]);
        return np.broadcastTo(each, [C, B, H * W]).reshape([C, B * H * W]);
      },
    }),
  };
}
