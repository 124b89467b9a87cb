const extensions = /\.(jpe?g|png|webp)$/i;

/** Whether a file name is one of an image that can be decoded; hidden files are none. */
export const isImageName = (name: string): boolean => extensions.test(name) && !name.startsWith(".");

/** The extensions, for messages. */
export const imageExtensions = ".jpg, .jpeg, .png or .webp";

/** `1 image`, `2 images`. */
export const imageCount = (count: number): string => `${count} image${count === 1 ? "" : "s"}`;

/** `first, second, third and 4 more`: the first few of a long list. */
export function someOf(names: readonly string[], shown = 3): string {
  const rest = names.length - shown;
  return rest > 0 ? `${names.slice(0, shown).join(", ")} and ${rest} more` : names.join(", ");
}
