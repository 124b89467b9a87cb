import { AdapterError } from "./adapter-errors.js";

/** Dawn's switches that may be turned, with what each does. Dawn ignores unknown names, so only these are accepted. */
const enabled = {
  allow_unsafe_apis: "offers experimental features such as subgroup matrices",
  disable_polyfills_on_integer_div_and_mod: "drops the guards around integer / and %",
  disable_robustness: "drops index clamps: an index out of bounds is then undefined behaviour",
  disable_symbol_renaming: "keeps our names in generated code",
  disable_timestamp_query_conversion: "timestamps in device ticks instead of nanoseconds",
  disable_workgroup_init: "workgroup memory starts with garbage",
  dump_shaders: "prints every generated shader",
  enable_immediate_error_handling: "reports errors at the call that caused them",
  enable_integer_range_analysis_in_robustness: "drops index clamps that are provably not needed",
  skip_validation: "drops validation: a mistake is then undefined behaviour",
  use_user_defined_labels_in_backend: "passes our labels on to the driver",
  use_vulkan_memory_model: "compiles shaders for the Vulkan memory model",
  vulkan_enable_f16_on_nvidia: "offers shader-f16 on NVIDIA drivers where Dawn hides it",
  vulkan_use_buffer_robust_access_2: "bounds checks by the driver instead of index clamps",
};

const disabled = {
  lazy_clear_resource_on_first_use: "new buffers hold garbage instead of zeros",
  timestamp_quantization: "timestamps are exact instead of rounded to 100 microseconds",
};

const known = [...Object.keys(enabled), ...Object.keys(disabled).map((name) => `-${name}`)];

/** What every device gets: both offer more and change nothing unless it is used. */
const defaults = ["vulkan_enable_f16_on_nvidia", "-timestamp_quantization"];

/**
 * The flags that hand toggles to Dawn's `create()`.
 *
 * @param toggles names to turn on; a leading `-` turns one off
 * @throws AdapterError for a name that is not in the list
 */
export function dawnFlags(toggles: readonly string[] = []): string[] {
  const unknown = toggles.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new AdapterError(`unknown Dawn toggle "${unknown}"; known ones:\n  ${known.join("\n  ")}`);
  }
  const all = [...new Set([...defaults, ...toggles])].sort();
  const on = all.filter((name) => !name.startsWith("-"));
  const off = all.filter((name) => name.startsWith("-")).map((name) => name.slice(1));
  return [`enable-dawn-features=${on.join(",")}`, `disable-dawn-features=${off.join(",")}`];
}
