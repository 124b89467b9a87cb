import fc from "fast-check";
import { ConfusionMatrix } from "snnmlp";
import { expect, it } from "vitest";

it("ConfusionMatrix counts images, and tells each class's share and rival", () => {
  const matrix = new ConfusionMatrix(4);
  const images = [
    [0, 0],
    [0, 0],
    [0, 2],
    [0, 1],
    [1, 1],
    [2, 3],
    [2, 3],
    [2, 0],
  ] as const;
  for (const [label, predicted] of images) matrix.add(label, predicted);
  expect(matrix.rows()).toEqual([
    [2, 1, 1, 0],
    [0, 1, 0, 0],
    [1, 0, 0, 2],
    [0, 0, 0, 0],
  ]);
  expect(matrix.count(2, 3)).toBe(2);
  expect(matrix.perClass()).toEqual([
    { class: 0, images: 4, top1: 0.5, confusedWith: { class: 1, images: 1 } },
    { class: 1, images: 1, top1: 1, confusedWith: null },
    { class: 2, images: 3, top1: 0, confusedWith: { class: 3, images: 2 } },
    { class: 3, images: 0, top1: null, confusedWith: null },
  ]);
});

it("its sums are those of the images, whatever they are", () => {
  const pair = fc.tuple(fc.nat(4), fc.nat(4));
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 60 }), (pairs) => {
      const matrix = new ConfusionMatrix(5);
      for (const [label, predicted] of pairs) matrix.add(label, predicted);
      const scores = matrix.perClass();
      const right = pairs.filter(([label, predicted]) => label === predicted).length;
      expect(scores.reduce((sum, { images, top1 }) => sum + images * (top1 ?? 0), 0)).toBeCloseTo(right, 9);
      for (const { class: label, images, confusedWith } of scores) {
        expect(images).toBe(pairs.filter(([each]) => each === label).length);
        const wrong = (predicted: number) => pairs.filter(([l, p]) => l === label && p === predicted && l !== p).length;
        const most = Math.max(...[0, 1, 2, 3, 4].map(wrong));
        expect(confusedWith?.images ?? 0).toBe(most);
        if (confusedWith) expect(wrong(confusedWith.class)).toBe(most);
      }
    }),
  );
});

it("writes CSV with quoted names", () => {
  const matrix = new ConfusionMatrix(2);
  matrix.add(1, 0);
  const names = ["cat, domestic", 'the "big" one'];
  expect(matrix.csv((index) => names[index] ?? "")).toBe(
    'true \\ predicted,"cat, domestic","the ""big"" one"\r\n"cat, domestic",0,0\r\n"the ""big"" one",1,0\r\n',
  );
});

it("refuses classes it does not have", () => {
  expect(() => new ConfusionMatrix(0)).toThrow("needs a positive number of classes, got 0");
  const matrix = new ConfusionMatrix(3);
  for (const [label, predicted] of [
    [3, 0],
    [0, -1],
    [0.5, 0],
  ] as const) {
    expect(() => matrix.add(label, predicted)).toThrow("must be whole numbers from 0 to 2");
  }
});
