/** Prints rows as a table: the first column to the left, the others to the right. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  for (const row of rows) {
    const cells = row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)));
    console.log(cells.join("  ").trimEnd());
  }
}

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** 28335736 as 28,335,736. */
export const integer = (value: number): string => grouped.format(value);

/** Three digits that matter: 0.0123, 1.23, 123, 12300. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return "-";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(value), 1e-9))));
  return value.toFixed(Math.min(4, digits));
}

/** Bytes in MiB. */
export const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
