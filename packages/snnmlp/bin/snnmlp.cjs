#!/usr/bin/env node
// Stands in the repository, unlike what it runs, so that `npm ci` can link the command before the first build.
// Images are decoded on libuv's threads, four unless told otherwise before the first of them starts. Modules start them,
// so this file is none.
const { availableParallelism } = require("node:os");
process.env.UV_THREADPOOL_SIZE ??= String(Math.max(4, Math.min(32, 2 * availableParallelism())));
// biome-ignore lint/style/noRestrictedImports: the package's own build
import("../dist/cli.js");
