import { adamw, add, crossEntropy, gelu, mul, permute, reshape, softmax, sum, type Tensor } from "@snnmlp/tensor";
import { type Given, type Rung, withGradients } from "./rungs.js";

/** Moves memory, adds it up, and updates it: elementwise, copy, reduce, softmax and AdamW over about `count` numbers. */
export function flatRungs(count: number): Rung[] {
  const C = 96;
  const rows = Math.round(count / C);
  const both = (name: string, given: (rows: number) => Readonly<Record<string, Given>>, run: Rung["run"]): Rung => {
    const [family = name] = name.split(" ");
    return { family, name, full: given(rows), small: given(500), run };
  };
  const x = (rows: number) => ({ x: { shape: [rows, C] } });
  const classes = 1000;
  const scores = (rows: number) => ({ shape: [Math.ceil((rows * C) / classes), classes] });
  const positive = (index: number) => 1 + (index % 7);
  const hyper = [1e-3, 0.05, 0.1, 0.001, 1e-8, 0.1, 0.03, 0];
  return [
    both(
      "elementwise x + y",
      (n) => ({ ...x(n), y: { shape: [n, C] } }),
      (find) => [add(find("x"), find("y"))],
    ),
    both(
      "elementwise x * channel",
      (n) => ({ ...x(n), y: { shape: [C] } }),
      (find) => [mul(find("x"), find("y"))],
    ),
    both("elementwise gelu", x, (find) => [gelu(find("x"))]),
    both(
      "elementwise gelu +backward",
      (n) => ({ ...x(n), dy: { shape: [n, C] } }),
      (find) => withGradients(() => gelu(find("x")), [find("x")], [find("dy")]),
    ),
    both(
      "copy patches 2x2",
      (n) => ({ x: { shape: [Math.ceil(n / 784), 28, 28, C] } }),
      (find) => [patches(find("x"))],
    ),
    both("reduce to a number", x, (find) => [sum(find("x"))]),
    both("reduce to channels", x, (find) => [sum(find("x"), { axes: [0] })]),
    both(
      "softmax of 1000",
      (n) => ({ x: scores(n) }),
      (find) => [softmax(find("x"))],
    ),
    both(
      "softmax cross entropy +backward",
      (n) => ({ x: scores(n), labels: { ...scores(n), value: () => 1 / classes }, dy: { shape: [], value: () => 1 } }),
      (find) => withGradients(() => crossEntropy(find("x"), find("labels")), [find("x")], [find("dy")]),
    ),
    both(
      "adamw",
      (n) => ({
        param: { shape: [n * C] },
        m: { shape: [n * C] },
        v: { shape: [n * C], value: positive },
        grad: { shape: [n * C] },
        hyper: { shape: [8], value: (i) => hyper[i] ?? 0 },
        clip: { shape: [1], value: () => 1 },
      }),
      (find) => {
        const [param, m, v, grad] = [find("param"), find("m"), find("v"), find("grad")];
        adamw({ param, m, v, grad, hyper: find("hyper"), clip: find("clip") });
        return [param, m, v];
      },
    ),
  ];
}

/** [B, H, W, C] to [B, H / 2, W / 2, 4 C]: each 2x2 patch becomes one position. */
function patches(x: Tensor): Tensor {
  const [B = 1, H = 1, W = 1, C = 1] = x.shape;
  return permute(reshape(x, [B, H / 2, 2, W / 2, 2 * C]), [0, 1, 3, 2, 4]);
}
