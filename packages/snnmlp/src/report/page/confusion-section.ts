import type { ConfusionMatrix } from "../confusion.js";
import { heatMap } from "../picture.js";
import { type Html, html } from "./html.js";
import { short } from "./scale.js";

/** Most classes whose counts are written out; more become a picture. */
const widest = 25;
const listed = 12;

/** The matrix, and what is most often confused with what. */
export async function confusionSection(matrix: ConfusionMatrix, nameOf: (index: number) => string): Promise<Html> {
  const picture = matrix.numClasses <= widest ? counts(matrix, nameOf) : await overview(matrix);
  const without = html`<p class="missing">In no cell: ${matrix.without} images whose scores are not finite numbers.</p>`;
  return html`${matrix.without > 0 && without}<div class="beside"><div>${picture}</div><div>${pairs(matrix, nameOf)}</div></div>`;
}

/** Each cell tinted by its share of the row. */
function counts(matrix: ConfusionMatrix, nameOf: (index: number) => string): Html {
  const classes = Array.from({ length: matrix.numClasses }, (_, index) => index);
  const rows = classes.map((label) => {
    const row = matrix.row(label);
    const sum = row.reduce((a, b) => a + b, 0);
    const cells = classes.map((predicted) => {
      const count = row[predicted] ?? 0;
      const share = sum > 0 ? count / sum : 0;
      const tint = `--share:${Math.round((label === predicted ? 55 : 100) * Math.sqrt(share))}%`;
      const kind = label === predicted ? "right" : count > 0 ? "wrong" : "none";
      return html`<td class="${kind}" style="${tint}" title="${nameOf(label)} taken for ${nameOf(predicted)}: ${count} of ${sum}">${count}</td>`;
    });
    return html`<tr><th scope="row">${nameOf(label)}</th>${cells}</tr>`;
  });
  return html`<div class="scroll"><table class="confusion"><thead><tr><td class="corner">true \\ predicted</td>${classes.map((index) => html`<th scope="col"><span>${nameOf(index)}</span></th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** A pixel for each cell, its share of the row as a colour. */
async function overview(matrix: ConfusionMatrix): Promise<Html> {
  const shares = Array.from({ length: matrix.numClasses }, (_, label) => {
    const row = [...matrix.row(label)];
    const sum = row.reduce((a, b) => a + b, 0);
    return row.map((count) => (sum > 0 ? Math.sqrt(count / sum) : undefined));
  });
  const address = await heatMap(shares.flat(), matrix.numClasses);
  return html`<figure><img class="pixels overview" src="${address}" alt="confusion matrix"><figcaption class="note">${matrix.numClasses} classes: a row for each true, a column for each predicted class, from the top left; the colour is the square root of the share of the row</figcaption></figure>`;
}

function pairs(matrix: ConfusionMatrix, nameOf: (index: number) => string): Html {
  const found: { label: number; predicted: number; count: number; of: number }[] = [];
  for (const { class: label, images } of matrix.perClass()) {
    matrix.row(label).forEach((count, predicted) => {
      if (count > 0 && predicted !== label) found.push({ label, predicted, count, of: images });
    });
  }
  if (found.length === 0 && matrix.without > 0) return html`<p>No image was given another class than its own.</p>`;
  if (found.length === 0) return html`<p>No image was given a wrong class.</p>`;
  const most = found.sort((a, b) => b.count - a.count).slice(0, listed);
  return html`<table class="list"><caption>most often confused</caption><thead><tr><th>true</th><th>predicted</th><th class="number">images</th></tr></thead><tbody>${most.map(
    ({ label, predicted, count, of }) =>
      html`<tr><td>${nameOf(label)}</td><td>${nameOf(predicted)}</td><td class="number">${short(count)} <span class="note">of ${short(of)}</span></td></tr>`,
  )}</tbody></table>`;
}
