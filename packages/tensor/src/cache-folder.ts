import { homedir } from "node:os";
import { join } from "node:path";

/** Where files live that can be made again: SNNMLP_CACHE_DIR, else `snnmlp` in XDG_CACHE_HOME or ~/.cache. */
export function cacheFolder(): string {
  const { SNNMLP_CACHE_DIR, XDG_CACHE_HOME } = process.env;
  return SNNMLP_CACHE_DIR || join(XDG_CACHE_HOME || join(homedir(), ".cache"), "snnmlp");
}
