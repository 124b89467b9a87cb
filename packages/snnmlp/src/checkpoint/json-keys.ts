const tokens = /"(?:[^"\\]|\\.)*"|[{}:]/gs;

/**
 * The first key that stands twice in one object of `json`, which must be valid JSON, or undefined.
 * `JSON.parse` keeps the last of two equal keys without a word, so a file could hide a tensor behind another.
 */
export function duplicateKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  let text = "";
  for (const [token] of json.matchAll(tokens)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (token !== ":") text = token;
    else {
      const key: string = JSON.parse(text);
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}
