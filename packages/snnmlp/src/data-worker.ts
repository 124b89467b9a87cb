import { parentPort, workerData } from "node:worker_threads";
import { ImageMaker, type Job } from "./data/loader/image-maker.js";

// The data worker: makes the images of each job it is sent, one job after the other, and sends them back.
const maker = new ImageMaker(workerData);
let last: Promise<void> = Promise.resolve();
parentPort?.on("message", ({ id, job, memory }: { id: number; job: Job; memory?: ArrayBuffer }) => {
  last = last.then(async () => {
    const result = await maker.make(job, memory);
    parentPort?.postMessage({ id, result }, [result.images.buffer, result.erase.buffer]);
  });
});
