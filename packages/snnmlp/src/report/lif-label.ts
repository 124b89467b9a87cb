/** A LIF's place in words: `layers.0.blocks.1.lif_module.lif1` is `layers.0.blocks.1 lif1 (H)`; lif2 runs along W. */
export function lifLabel(name: string): string {
  return `${name.replace(".lif_module.", " ")} (${name.endsWith("lif1") ? "H" : "W"})`;
}
