import { type Html, html } from "./html.js";

/** Settings as a table for each group of them; nested names are joined by dots. */
export function configTable(config: Readonly<Record<string, unknown>>): Html {
  const groups = new Map<string, (readonly [string, string])[]>();
  for (const [name, value] of Object.entries(config)) {
    const nested = isRecord(value);
    const group = nested ? name : "run";
    const rows = nested ? flatten(value) : [[name, show(value)] as const];
    groups.set(group, [...(groups.get(group) ?? []), ...rows]);
  }
  const tables = [...groups].map(
    ([group, rows]) =>
      html`<table class="config"><caption>${group}</caption><tbody>${rows.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</tbody></table>`,
  );
  return html`<div class="columns">${tables}</div>`;
}

function flatten(value: Readonly<Record<string, unknown>>, prefix = ""): (readonly [string, string])[] {
  return Object.entries(value).flatMap(([name, each]) =>
    isRecord(each) ? flatten(each, `${prefix}${name}.`) : [[prefix + name, show(each)] as const],
  );
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const show = (value: unknown): string => {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.map((each) => show(each)).join(", ") : (JSON.stringify(value) ?? "");
};
