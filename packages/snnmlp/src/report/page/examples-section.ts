import type { Example, Examples } from "../examples.js";
import { thumbnail } from "../picture.js";
import { type Html, html } from "./html.js";

/** Widest thumbnail, in pixels. */
const largest = 180;

/** Images that the model is right about, and those it is most surely wrong about. */
export async function examplesSection(
  examples: Examples,
  imageSize: number,
  nameOf: (index: number) => string,
): Promise<Html> {
  const figure = async ({ index, label, predicted, probability, pixels }: Example): Promise<Html> => {
    const right = label === predicted;
    const told = right
      ? html`<b class="good">${nameOf(label)}</b>`
      : html`<b class="bad">taken for ${nameOf(predicted)}</b><span>is ${nameOf(label)}</span>`;
    const address = await thumbnail(pixels, imageSize, largest);
    const alt = right ? `${nameOf(label)}, rightly` : `${nameOf(label)}, taken for ${nameOf(predicted)}`;
    return html`<figure class="example"><img${imageSize <= largest && html` class="pixels"`} src="${address}" alt="${alt}"><figcaption>${told}<span class="note">${(100 * probability).toFixed(1)} %, no. ${index}</span></figcaption></figure>`;
  };
  const group = async (title: string, shown: readonly Example[], none: string): Promise<Html> => {
    const figures = await Promise.all(shown.map(figure));
    return html`<h3>${title}</h3>${figures.length > 0 ? html`<div class="examples">${figures}</div>` : html`<p class="missing">${none}</p>`}`;
  };
  return html`${await group("wrong, surest first", examples.wrong, "none")}${await group("right", examples.right, "none")}`;
}
