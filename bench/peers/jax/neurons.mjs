import { jax } from "./backend.mjs";

const { numpy: np } = jax;
const group = 4;

/** LIFs along one axis of x [C, B * H * W]. Positions after the last whole group stay as they are. */
export function neurons(x, tau, vth, { B, H, W, C }, axis) {
  const along = axis === "H";
  const length = along ? H : W;
  const whole = length - (length % group);
  const padded = Math.ceil(length / group) * group;
  const range = (values) => (along ? values.reshape([values.shape[0], 1]) : values);
  const cut = (t, n) => (along ? t.slice([], [], [0, n], []) : t.slice([], [], [], [0, n]));

  /** [C, B, groups, 4, W] or [C, B, H, groups, 4], of the whole groups or padded to them. */
  const grouped = (source, n) => {
    let view = source.ref.reshape([C, B, H, W]);
    const more = Math.max(0, n - length);
    if (more > 0)
      view = np.pad(view, [
        [0, 0],
        [0, 0],
        [0, along ? more : 0],
        [0, along ? 0 : more],
      ]);
    if (n < length) view = cut(view, n);
    return along ? view.reshape([C, B, n / group, group, W]) : view.reshape([C, B, H, n / group, group]);
  };
  const position = (view, j) =>
    along ? view.ref.slice([], [], [], [j, j + 1], []) : view.ref.slice([], [], [], [], [j, j + 1]);

  /** Four values by position, as [C, B * H * W]; the tail comes from `rest`. */
  const spread = (values, rest) => {
    const index = range(np.arange(group));
    const last = values[group - 1];
    const all = values.slice(0, -1).reduceRight((sum, each, j) => np.where(np.equal(index.ref, j), each, sum), last);
    if (padded === length) return all.reshape([C, B * H * W]);
    const inOrder = all.reshape(along ? [C, B, padded, W] : [C, B, H, padded]);
    const inside = np.less(range(np.arange(length)), whole);
    return np.where(inside, cut(inOrder, length), rest.ref.reshape([C, B, H, W])).reshape([C, B * H * W]);
  };

  /** u, whether it fires, and what is carried on, at each of the four positions. */
  const chain = (n) => {
    const view = grouped(x, n);
    const states = [];
    for (let j = 0; j < group; j++) {
      const carried = states[j - 1];
      const u = carried ? position(view, j).add(carried.o.ref.mul(tau())) : position(view, j);
      const fires = np.greater(u.ref, vth());
      states.push({ u, fires, o: np.where(fires.ref, 0, u.ref) });
    }
    return states;
  };

  /** d_j = fires g_j + (1 - fires) tau d_j+1. */
  const carriedBack = (dy, states, n) => {
    const view = grouped(dy, n);
    const d = new Array(group);
    for (let j = group - 1; j >= 0; j--) {
      const { fires } = states[j];
      d[j] = np.where(fires.ref, position(view, j), j === group - 1 ? 0 : d[j + 1].ref.mul(tau()));
    }
    return d;
  };

  const sum = (terms) => {
    const all = terms.reduce((total, term) => total.add(term));
    const large = C * B * H * W > 100_000;
    return (large ? all.sum([1, 2, 3, 4]).sum() : all.sum()).reshape([1]);
  };

  return {
    whole,
    y: () =>
      spread(
        chain(padded).map(({ u, fires }) => np.where(fires, u, vth())),
        x,
      ),
    dx: (dy) => spread(carriedBack(dy, chain(padded), padded), dy),
    dtau: (dy) => {
      const states = chain(whole);
      const d = carriedBack(dy, states, whole);
      return sum(d.slice(1).map((each, j) => each.mul(states[j].o)));
    },
    dvth: (dy) => {
      const view = grouped(dy, whole);
      return sum(chain(whole).map(({ fires }, j) => np.where(fires, 0, position(view, j))));
    },
  };
}
