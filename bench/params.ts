import { authorsMacs, exactMacs, modelNames, models, parameterCount, published } from "snnmlp";

/**
 * Prints parameters and MACs of every model and fails if the paper's three differ from what is published.
 * Run it with `npm run bench:params`.
 */
const integer = new Intl.NumberFormat("en-US");
const columns = [6, 12, 22, 16] as const;
const row = (...cells: readonly string[]) =>
  cells.map((cell, i) => (i === 0 ? cell.padEnd(columns[0]) : cell.padStart(columns[i] ?? 0))).join("  ");

console.log(row("model", "parameters", "MACs by authors' rule", "MACs, exact"));
const wrong: string[] = [];
for (const name of modelNames) {
  const config = models[name];
  const [parameters, macs, exact] = [parameterCount(config), authorsMacs(config), exactMacs(config).total];
  console.log(row(name, integer.format(parameters), integer.format(macs), integer.format(exact)));
  const paper = published[name];
  if (!paper) continue;
  if (parameters !== paper.parameters) wrong.push(`${name}: ${parameters} parameters, published ${paper.parameters}`);
  if (macs !== paper.macs) wrong.push(`${name}: ${macs} MACs by the authors' rule, published ${paper.macs}`);
}
for (const line of wrong) console.error(line);
process.exitCode = wrong.length === 0 ? 0 : 1;
