/** Text that is markup already. */
export class Html {
  constructor(readonly text: string) {}
}

/** What may stand in a template: everything but `Html` is escaped; `undefined` and `false` are nothing. */
export type Part = Html | string | number | undefined | false | readonly Part[];

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as it may stand between tags and in quoted attributes; control characters become U+FFFD. */
const escaped = (text: string): string =>
  text.replace(/(?![\t\n\r])\p{Cc}/gu, "\ufffd").replace(/[&<>"']/g, (found) => entities[found] ?? "");

/** Markup with its parts escaped: `` html`<b title="${title}">${name}</b>` ``. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(texts.map((text, i) => text + (i < parts.length ? write(parts[i]) : "")).join(""));
}

function write(part: Part): string {
  if (part === undefined || part === false) return "";
  if (part instanceof Html) return part.text;
  return typeof part === "object" ? part.map(write).join("") : escaped(String(part));
}
