const loop = /\/\/ unroll\s*\n\s*for \(var (\w+) = 0u; \1 < (\w+); \1\+\+\) \{/;

/**
 * Writes out the loops a shader marks with `// unroll`: one copy of the body per value of the loop variable.
 *
 * Only so can a subgroup broadcast name its lane, which WGSL wants as a constant; the source says `subgroupShuffle`,
 * valid with a variable, and each copy becomes a `subgroupBroadcast`. Bounds are literals or `const NAME = ...u;`.
 */
export function unroll(code: string): string {
  const found = loop.exec(code);
  if (!found) return code;
  const [header, variable = "", bound = ""] = found;
  const open = found.index + header.length;
  const close = closingBrace(code, open);
  const count = Number(/^\d+/.exec(bound)?.[0] ?? new RegExp(`const ${bound} = (\\d+)u;`).exec(code)?.[1]);
  if (!Number.isInteger(count)) throw new Error(`internal: cannot unroll to ${bound}`);
  const body = code.slice(open, close);
  const copies = Array.from(
    { length: count },
    (_, i) => `{${body.replace(new RegExp(`\\b${variable}\\b`, "g"), `${i}u`)}}`,
  );
  const written = copies.join("\n").replaceAll("subgroupShuffle", "subgroupBroadcast");
  return unroll(code.slice(0, found.index) + written + code.slice(close + 1));
}

function closingBrace(code: string, from: number): number {
  let depth = 1;
  for (let i = from; i < code.length; i++) {
    if (code[i] === "{") depth += 1;
    if (code[i] === "}") depth -= 1;
    if (depth === 0) return i;
  }
  throw new Error("internal: a loop to unroll does not end");
}
