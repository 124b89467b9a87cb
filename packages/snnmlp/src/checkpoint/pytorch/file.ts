import { PytorchFileError } from "../../file-error.js";
import type { StoredTensor } from "../read-safetensors.js";
import { Archive, alwaysUnpacked, mostUnpacked } from "./archive.js";
import type { Fail } from "./bytes.js";
import { callConstructor } from "./calls.js";
import { checkIsZip } from "./magic.js";
import { storageOf } from "./rebuild.js";
import { elementsOf, gather } from "./tensor.js";
import { unpickle } from "./unpickle.js";
import type { PickleValue, TensorRef } from "./values.js";

/** What the pickle of a training run of any model stays far below: it holds names and settings, no weights. */
const maxPickleBytes = 1 << 26;

const notOurs = "check that torch.save() wrote this file, and that all of it was copied";
const resave = "load it with PyTorch and save its state_dict() with torch.save()";

/** A file written by `torch.save` (PyTorch 1.6 or newer): its value, and its tensors when asked for. */
export class PytorchFile {
  private constructor(
    readonly path: string,
    /** What was saved: dicts as Maps, tuples as lists, objects as inert data, tensors as references. */
    readonly root: PickleValue,
    private readonly archive: Archive,
    private readonly folder: string,
  ) {}

  /** Reads everything but the tensors' bytes, and executes nothing. @throws PytorchFileError */
  static async open(path: string): Promise<PytorchFile> {
    await checkIsZip(path);
    const archive = await Archive.open(path);
    try {
      const folder = folderOf(archive);
      const fail: Fail = (reason, fix = notOurs) => {
        throw new PytorchFileError(path, reason, fix);
      };
      if (archive.sizeOf(`${folder}byteorder`) !== undefined) {
        const order = new TextDecoder().decode(await archive.read(`${folder}byteorder`));
        if (order !== "little") fail(`its numbers are ${order}-endian`, "save it again on a little-endian machine");
      }
      const pickle = await archive.read(`${folder}data.pkl`);
      const sizeOf = (key: string): number | undefined => archive.sizeOf(`${folder}data/${key}`);
      const call = callConstructor(pickle.length);
      const host = { call, persistent: (id: PickleValue, stop: Fail) => storageOf(id, sizeOf, stop) };
      return new PytorchFile(path, unpickle(pickle, host, fail), archive, folder);
    } catch (error) {
      archive.close();
      throw error;
    }
  }

  /** The values of a tensor of this file, contiguous; F16, BF16 and F64 as f32, small integers as I32. @throws PytorchFileError */
  async read(tensor: TensorRef): Promise<StoredTensor> {
    this.#checkSize(`a tensor of shape [${tensor.shape.join(", ")}] repeats`, [tensor]);
    return gather(tensor, await this.#storage(tensor.storage.key));
  }

  /**
   * The values of many tensors, as `read` gives each, by name. A storage is read once, however
   * many tensors are views of it, and one at a time is held.
   *
   * @throws PytorchFileError
   */
  async readAll(tensors: ReadonlyMap<string, TensorRef>): Promise<Map<string, StoredTensor>> {
    this.#checkSize("its tensors repeat", [...tensors.values()]);
    const views = new Map<string, [name: string, tensor: TensorRef][]>();
    for (const [name, tensor] of tensors) {
      const { key } = tensor.storage;
      const others = views.get(key);
      if (others) others.push([name, tensor]);
      else views.set(key, [[name, tensor]]);
    }
    const read = new Map<string, StoredTensor>();
    for (const [key, named] of views) {
      const storage = await this.#storage(key);
      for (const [name, tensor] of named) read.set(name, gather(tensor, storage));
    }
    return read;
  }

  #storage(key: string): Promise<Uint8Array<ArrayBuffer>> {
    return this.archive.read(`${this.folder}data/${key}`);
  }

  /** Strides of 0, and views of one storage, can make terabytes of a few values. */
  #checkSize(what: string, tensors: readonly TensorRef[]): void {
    const bytes = tensors.reduce((sum, { shape, type }) => sum + elementsOf(shape) * Math.max(4, type.bytes), 0);
    if (bytes <= Math.max(alwaysUnpacked, mostUnpacked * this.archive.fileBytes)) return;
    const fix = "save it after .contiguous(), if it is meant";
    throw new PytorchFileError(this.path, `${what} what the file holds to ${bytes} bytes`, fix);
  }

  /** Closes the file; tensors can no longer be read. */
  close(): void {
    this.archive.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The folder inside the archive, with its slash; PyTorch names it after the file as it was called then. */
function folderOf(archive: Archive): string {
  const found = archive.names.filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  const [pickle] = found;
  const fail = (reason: string, fix = notOurs): never => {
    throw new PytorchFileError(archive.path, reason, fix);
  };
  if (pickle === undefined || found.length > 1) return fail(`its archive has ${found.length} data.pkl, not one`);
  const folder = pickle.slice(0, -"data.pkl".length);
  if (archive.names.some((name) => name.startsWith(`${folder}code/`))) fail("it is a TorchScript archive", resave);
  const bytes = archive.sizeOf(pickle) ?? 0;
  if (bytes > maxPickleBytes) fail(`its data.pkl of ${bytes} bytes holds more than names and settings`, resave);
  return folder;
}
