/**
 * WGSL functions `teamSum` and `teamMax` for workgroups of 64 in which each TEAM neighbouring invocations share a row:
 * every invocation gives its value and gets the team's, by a tree in shared memory. All 64 must call. The shader that
 * follows declares `const TEAM`, a power of two up to 64.
 */
export const teamFunctions: string = `
var<workgroup> teamSlots: array<f32, 64>;

${["Sum", "Max"]
  .map(
    (name) => `fn team${name}(local: u32, value: f32) -> f32 {
  if (TEAM == 1u) { return value; }
  teamSlots[local] = value;
  for (var half = TEAM / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local % TEAM < half) {
      teamSlots[local] = ${name === "Sum" ? "teamSlots[local] + teamSlots[local + half]" : "max(teamSlots[local], teamSlots[local + half])"};
    }
  }
  workgroupBarrier();
  let all = teamSlots[local - local % TEAM];
  workgroupBarrier();
  return all;
}`,
  )
  .join("\n")}
`;

/** How many invocations share a row of K: about one per eight values. */
export const teamFor = (K: number): number => 2 ** Math.min(6, Math.floor(Math.log2(Math.max(1, K / 8))));
