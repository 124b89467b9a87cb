const voids = new Set(["meta", "img", "br", "input", "link", "circle", "rect", "path", "line"]);

/** What is wrong with a page that should stand by itself: tags left open, raw text, anything that asks a network. */
export function problemsOf(page: string): string[] {
  const problems: string[] = [];
  if (!page.startsWith("<!doctype html>\n<html")) problems.push("no doctype");
  const body = page.replace(/<style>[\s\S]*?<\/style>/, "").replace("<!doctype html>", "");
  const open: string[] = [];
  // A tag with quoted attributes only, or one character of anything else.
  const token = /<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z][a-zA-Z0-9:-]*(?:="[^"<>]*")?)*)\s*(\/?)>|[\s\S]/g;
  for (const [whole, closing, name = "", attributes = "", selfClosing] of body.matchAll(token)) {
    if (whole === "<" || whole === ">") problems.push("a bare < or >");
    if (whole.length === 1) continue;
    if (closing) {
      const last = open.pop();
      if (last !== name) problems.push(`</${name}> closes <${last}>`);
    } else if (!selfClosing && !voids.has(name)) open.push(name);
    if (["script", "link", "iframe", "object", "form"].includes(name)) problems.push(`<${name}>`);
    for (const [, attribute = "", value = ""] of attributes.matchAll(/([a-zA-Z][a-zA-Z0-9:-]*)="([^"]*)"/g)) {
      if (attribute.startsWith("on")) problems.push(`a handler: ${attribute}`);
      if (/^(src|href|xlink:href|action|poster|srcset)$/.test(attribute) && !/^(data:image\/|#)/.test(value)) {
        problems.push(`${attribute}="${value.slice(0, 60)}"`);
      }
    }
  }
  if (open.length > 0) problems.push(`left open: ${open.join(", ")}`);
  for (const [, address = ""] of page.matchAll(/url\(([^)]*)\)/g)) if (!address.startsWith("#")) problems.push(address);
  if (/@import/.test(page)) problems.push("@import");
  return problems;
}
