import { mulAdd } from "./arithmetic.mjs";
import { tf } from "./backend.mjs";

const group = 4;

/** Whole groups along the middle axis of [P, L, Q], as [groups, 4 Q]; the positions after them stay as they are. */
export function groupsOf(P, L, Q) {
  const whole = L - (L % group);
  const count = (P * whole) / group;
  const rest = (x) => tf.slice(tf.reshape(x, [P, L, Q]), [0, whole, 0], [P, L - whole, Q]);
  const main = (x) =>
    whole === L
      ? tf.reshape(x, [count, group * Q])
      : tf.reshape(tf.slice(tf.reshape(x, [P, L, Q]), [0, 0, 0], [P, whole, Q]), [count, group * Q]);
  const columns = (x) => Array.from({ length: group }, (_, j) => tf.slice(x, [0, j * Q], [count, Q]));
  return {
    whole,
    main,
    columns,
    split: (x) => columns(main(x)),
    join: (y, x) =>
      tf.reshape(whole === L ? y : tf.concat([tf.reshape(y, [P, whole, Q]), rest(x)], 1), [x.shape[0], x.shape[1]]),
  };
}

/** u_j = tau o_j + x_j; o_j+1 is u_j where that is at most vth, else 0. A comparison is a factor of 0 or 1. */
export function fire(x, tau, vth) {
  const u = [x[0]];
  const rested = [];
  const o = [];
  for (let j = 1; j < group; j++) {
    const k = tf.lessEqual(u[j - 1], vth);
    rested.push(k);
    o.push(tf.mul(u[j - 1], k));
    u.push(mulAdd(o[j - 1], tau, x[j]));
  }
  return { u, rested, o };
}
