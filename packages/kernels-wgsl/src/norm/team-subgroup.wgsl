// The sum of `value` over a workgroup that is one subgroup, without the barriers a tree needs: on a CPU adapter a barrier
// costs as much as several loads. Put behind a shader that declares T and WIDTH and calls this in uniform control flow.
enable subgroups;

fn teamSum(local: u32, value: T) -> f32 {
  let v = vec4f(value);
  return subgroupAdd(select(v.x, (v.x + v.y) + (v.z + v.w), WIDTH == 4u));
}
