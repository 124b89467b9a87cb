/** What is used of WebAssembly's JavaScript API; TypeScript declares it only together with the browser's. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>);
  }
  class Memory {
    readonly buffer: ArrayBuffer;
    /** Adds pages of 64 KiB. */
    grow(pages: number): number;
  }
  class Instance {
    constructor(module: Module);
    readonly exports: Readonly<Record<string, Memory | ((...values: number[]) => void)>>;
  }
  /** Whether this engine can compile the bytes. */
  function validate(bytes: Uint8Array<ArrayBuffer>): boolean;
}
