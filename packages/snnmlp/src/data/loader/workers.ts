import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type { Preparation } from "../prepare.js";
import { ImageMaker, type Job, type JobResult } from "./image-maker.js";

/** Where jobs are done. */
export interface Workers {
  /** Does a job; jobs start in the order they are given. */
  make(job: Job): Promise<JobResult>;
  /** Takes a result's memory back for another; nobody may look at it any more. */
  recycle(result: JobResult): void;
  close(): Promise<void>;
}

/** Starts `count` worker threads; with 0 the jobs are done in this thread, one after the other. */
export const startWorkers = (count: number, preparation: Preparation): Workers =>
  count === 0 ? new OwnThread(preparation) : new WorkerThreads(count, preparation);

class OwnThread implements Workers {
  readonly #maker: ImageMaker;
  #last: Promise<unknown> = Promise.resolve();

  constructor(preparation: Preparation) {
    this.#maker = new ImageMaker(preparation);
  }

  make(job: Job): Promise<JobResult> {
    const result = this.#last.then(() => this.#maker.make(job));
    this.#last = result.catch(() => undefined);
    return result;
  }

  recycle(): void {
    // One thread allocates as fast as it could pass memory on.
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#maker.close();
  }
}

interface Waiting {
  readonly job: Job;
  readonly resolve: (result: JobResult) => void;
  readonly reject: (error: Error) => void;
}

/** Jobs a worker holds at a time: the one in work and the one it goes on with at once. */
const jobsEach = 2;

class WorkerThreads implements Workers {
  readonly #free: Worker[] = [];
  readonly #threads: Worker[];
  readonly #queue: Waiting[] = [];
  readonly #running = new Map<number, Waiting>();
  readonly #memory: ArrayBuffer[] = [];
  #nextId = 0;
  #failure: Error | undefined;

  constructor(count: number, preparation: Preparation) {
    const file = workerFile();
    this.#threads = Array.from({ length: count }, () => new Worker(file, { workerData: preparation }));
    for (const thread of this.#threads) {
      thread.on("message", ({ id, result }: { id: number; result: JobResult }) => this.#finish(thread, id, result));
      thread.on("error", (cause) => this.#fail(new Error(`a data worker failed: ${cause}`, { cause })));
      thread.on("exit", (code) => this.#fail(new Error(`a data worker ended with code ${code}`)));
      // An idle worker does not keep the process alive; a job in work does.
      thread.unref();
    }
    for (let i = 0; i < jobsEach; i++) this.#free.push(...this.#threads);
  }

  make(job: Job): Promise<JobResult> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      this.#queue.push({ job, resolve, reject });
      this.#dispatch();
    });
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const thread = this.#free.shift();
      if (!thread) return;
      const waiting = this.#queue.shift();
      if (!waiting) return;
      const id = this.#nextId++;
      this.#running.set(id, waiting);
      if (this.#running.size === 1) for (const each of this.#threads) each.ref();
      const memory = this.#memory.pop();
      thread.postMessage({ id, job: waiting.job, memory }, memory ? [memory] : []);
    }
  }

  #finish(thread: Worker, id: number, result: JobResult): void {
    // A result that comes while the threads are being ended must not let the process end before they have.
    if (this.#failure) return;
    this.#running.get(id)?.resolve(result);
    this.#running.delete(id);
    if (this.#running.size === 0) for (const each of this.#threads) each.unref();
    this.#free.push(thread);
    this.#dispatch();
  }

  recycle({ images }: JobResult): void {
    this.#memory.push(images.buffer);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of [...this.#running.values(), ...this.#queue]) reject(this.#failure);
    this.#running.clear();
    this.#queue.length = 0;
  }

  async close(): Promise<void> {
    this.#fail(new Error("the loader was closed"));
    // The process must not end before the threads have.
    for (const thread of this.#threads) thread.ref();
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }
}

/** The built worker: beside the bundle this code is in, or, when the sources run, in the package's `dist`. */
function workerFile(): URL {
  const places = ["./data-worker.js", "../../../dist/data-worker.js"].map((path) => new URL(path, import.meta.url));
  const found = places.find((url) => existsSync(url));
  if (!found) throw new Error(`internal: no data worker at ${places.join(" or ")}; run npm run build`);
  return found;
}
