import type { LifFiring } from "../../train/firing.js";
import type { Guess } from "../../train/likeliest.js";
import { lifLabel } from "../lif-label.js";
import { firingPicture, firingRange, heat, thumbnail } from "../picture.js";
import { type Html, html } from "./html.js";

/** An image with what the model says of it and which of its neurons fire. */
export interface FiringExample {
  readonly title: string;
  /** Bytes [imageSize, imageSize, channels]. */
  readonly pixels: Uint8Array;
  /** Likeliest first; none where its scores are not finite numbers. */
  readonly guesses: readonly Guess[];
  /** Of a batch whose first image it is. */
  readonly firing: readonly LifFiring[];
}

const largest = 224;

/** Pictures of the positions that fire in each LIF, block by block, along H and along W. */
export async function firingSection(
  examples: readonly FiringExample[],
  imageSize: number,
  nameOf: (index: number) => string,
): Promise<Html> {
  if (examples.every(({ firing }) => firing.length === 0)) return html`<p class="missing">The model has no LIF.</p>`;
  const range = firingRange(examples.flatMap(({ firing }) => firing));
  const articles = examples.map(async ({ title, pixels, guesses, firing }) => {
    const address = await thumbnail(pixels, imageSize, largest);
    const told = guesses.map(
      ({ class: index, probability }) => html`<span>${nameOf(index)} ${percent(probability)}</span>`,
    );
    if (told.length === 0) told.push(html`<span>no class: its scores are not finite numbers</span>`);
    const image = html`<img${imageSize <= largest && html` class="pixels"`} src="${address}" alt="${title}">`;
    const input = html`<figure class="input">${image}<figcaption><b>${title}</b>${told}</figcaption></figure>`;
    return html`<article class="firing">${input}<div>${await blocksOf(firing, range)}</div></article>`;
  });
  return html`<p class="note">A pixel for each position of the layer; its colour is the share of channels whose membrane potential passed the threshold (u &gt; Vth): ${scale(range)}. lif1 runs down the columns (H), lif2 along the rows (W). <span class="swatch hatched"></span> lies behind the last whole group: it is passed through and never fires.</p>${await Promise.all(articles)}`;
}

/** The LIFs with whole groups as pictures, two a block; the others by name. */
async function blocksOf(firing: readonly LifFiring[], range: readonly [number, number]): Promise<Html> {
  const blocks = new Map<string, LifFiring[]>();
  for (const each of firing.filter(({ share }) => share !== null)) {
    const [block = ""] = each.name.split(".lif_module");
    blocks.set(block, [...(blocks.get(block) ?? []), each]);
  }
  const pictures = [...blocks.values()].map(
    async (lifs) => html`<div class="block">${await Promise.all(lifs.map((each) => picture(each, range)))}</div>`,
  );
  const idle = firing.filter(({ share }) => share === null);
  const names = idle.map(({ name, height, width }) => `${lifLabel(name)} of ${height}x${width}`).join(", ");
  const note = html`<p class="note">Smaller than a group, so that everything is passed through: ${names}.</p>`;
  return html`<div class="blocks">${await Promise.all(pictures)}</div>${idle.length > 0 && note}`;
}

async function picture(firing: LifFiring, range: readonly [number, number]): Promise<Html> {
  const { name, share, height, width } = firing;
  const told = `${percent(share ?? 0)} fired, ${height}x${width}`;
  const address = await firingPicture(firing, range);
  const image = html`<img class="pixels hatched" src="${address}" alt="${lifLabel(name)}: ${told}" width="${width}" height="${height}">`;
  return html`<figure class="map">${image}<figcaption><span>${lifLabel(name)}</span><span class="note">${told}</span></figcaption></figure>`;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** The colours of the pictures, from the least to the largest share. */
function scale([low, high]: readonly [number, number]): Html {
  const colours = Array.from({ length: 9 }, (_, i) => `rgb(${heat(i / 8).join(",")})`).join(",");
  const end = (share: number): string => `${Math.round(100 * share)} %`;
  return html`<span class="scale">${end(low)} <i style="background:linear-gradient(90deg,${colours})"></i> ${end(high)}</span>`;
}
