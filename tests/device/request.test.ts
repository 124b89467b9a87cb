import { describe, expect, it } from "vitest";
import { printError, run } from "./child.js";

describe("a request", () => {
  it("with an unknown toggle lists the known ones", async () => {
    const ended = await run(printError(`findAdapter({ toggles: ["skip_validatoin"] })`));
    expect(ended.stdout).toMatchInlineSnapshot(`
      "AdapterError: unknown Dawn toggle "skip_validatoin"; known ones:
        allow_unsafe_apis
        disable_polyfills_on_integer_div_and_mod
        disable_robustness
        disable_symbol_renaming
        disable_timestamp_query_conversion
        disable_workgroup_init
        dump_shaders
        enable_immediate_error_handling
        enable_integer_range_analysis_in_robustness
        skip_validation
        use_user_defined_labels_in_backend
        use_vulkan_memory_model
        vulkan_enable_f16_on_nvidia
        vulkan_use_buffer_robust_access_2
        -lazy_clear_resource_on_first_use
        -timestamp_quantization
      "
    `);
  });

  it("with a wrong SNNMLP_ALLOW_SOFTWARE says what is right", async () => {
    const ended = await run(printError("findAdapter()"), { SNNMLP_ALLOW_SOFTWARE: "yes" });
    expect(ended.stdout).toMatchInlineSnapshot(`
      "AdapterError: SNNMLP_ALLOW_SOFTWARE is 1 (allow) or 0 (refuse), got "yes"
      "
    `);
  });

  it("for an adapter that does not exist names those that do, and uses none", async () => {
    const ended = await run(printError(`findAdapter({ adapter: "Voodoo 2", software: "allow" })`));
    expect(ended.stdout).toMatch(/^NoAdapterError: found no adapter "Voodoo 2"\n {2}hardware: /);
  });
});
