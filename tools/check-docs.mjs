// Every name a package exports, and every method of it, has a doc comment. Reads the built declarations: run after tsc -b.
import { fileURLToPath } from "node:url";
import ts from "typescript";

const packages = ["kernels-wgsl", "tensor", "autograd", "snnmlp"];
const pathOf = (name) => fileURLToPath(new URL(`../packages/${name}/dist/index.d.ts`, import.meta.url));
const program = ts.createProgram(packages.map(pathOf), {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  skipLibCheck: true,
});
const checker = program.getTypeChecker();
const undocumented = (symbol) => symbol.getDocumentationComment(checker).length === 0 && !hasTag(symbol);
const hasTag = (symbol) => symbol.getJsDocTags(checker).length > 0;
const isMethod = ({ flags, name }) => (flags & ts.SymbolFlags.Method) !== 0 && !name.startsWith("__");

const missing = packages.flatMap((name) => {
  const module = checker.getSymbolAtLocation(program.getSourceFile(pathOf(name)));
  return checker.getExportsOfModule(module).flatMap((exported) => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    const methods = [...(symbol.members?.values() ?? [])].filter(isMethod);
    const bare = methods.filter(undocumented).map((method) => `${symbol.name}.${method.name}`);
    return [...(undocumented(symbol) ? [symbol.name] : []), ...bare].map((each) => `${name}: ${each}`);
  });
});
for (const each of missing) console.error(`${each} has no doc comment`);
process.exitCode = missing.length > 0 ? 1 : 0;
