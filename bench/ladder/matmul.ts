import { linear, matmul } from "@snnmlp/tensor";
import type { Rung } from "./rungs.js";

/** A linear layer `[M, K] x [K, N]`. */
export interface Product {
  readonly M: number;
  readonly K: number;
  readonly N: number;
}

/** A square one, and a layer of each stage of SNN-MLP-T for one image. */
export const products: readonly Product[] = [
  { M: 1024, K: 1024, N: 1024 },
  { M: 3136, K: 96, N: 384 },
  { M: 784, K: 192, N: 768 },
  { M: 196, K: 384, N: 1536 },
  { M: 49, K: 768, N: 3072 },
];

/** The product and the two of its backward pass, each of `2 M K N` FLOPs; and the product fused with bias and GELU. */
export const matmulRungs = (sizes: readonly Product[]): Rung[] =>
  sizes.flatMap((product) => {
    const name = `${product.M}x${product.K}x${product.N}`;
    const small = { M: Math.min(product.M, 100), K: Math.min(product.K, 96), N: Math.min(product.N, 192) };
    const shapes = ({ M, K, N }: Product) => ({
      x: { shape: [M, K] },
      w: { shape: [K, N] },
      dy: { shape: [M, N] },
      bias: { shape: [N] },
    });
    const only = (names: readonly string[], size: Product) =>
      Object.fromEntries(Object.entries(shapes(size)).filter(([tensor]) => names.includes(tensor)));
    const rung = (title: string, names: readonly string[], run: Rung["run"]): Rung => {
      return { family: "matmul", name: title, full: only(names, product), small: only(names, small), run };
    };
    return [
      rung(`matmul ${name}`, ["x", "w"], (find) => [matmul(find("x"), find("w"))]),
      rung(`matmul dx ${name}`, ["dy", "w"], (find) => [matmul(find("dy"), find("w"), { transposeB: true })]),
      rung(`matmul dw ${name}`, ["x", "dy"], (find) => [matmul(find("x"), find("dy"), { transposeA: true })]),
      rung(`linear+gelu ${name}`, ["x", "w", "bias"], (find) => [
        linear(find("x"), find("w"), find("bias"), { activation: "gelu" }),
      ]),
    ];
  });
