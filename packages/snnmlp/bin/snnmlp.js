#!/usr/bin/env node
// Stands in the repository, unlike what it runs, so that `npm ci` can link the command before the first build.
// biome-ignore lint/style/noRestrictedImports: the package's own build
import "../dist/cli.js";
