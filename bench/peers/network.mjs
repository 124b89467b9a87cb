/**
 * SNN-MLP in terms of a peer's layers. A layer takes a parameter's name, its input and where it stands (`at`: B, H, W, C),
 * and returns `y` and `pull`, which turns the gradient of y into that of the input and keeps those of the parameters.
 */
export function network(layers, config, images, B) {
  const pulls = [];
  const then = ({ y, pull }) => {
    pulls.push(pull);
    return y;
  };
  const side = config.imageSize / config.patchSize;
  let at = { B, H: side, W: side, C: config.embedDim };
  let x = then(layers.patches("patch_embed.proj", images, at));
  x = then(layers.norm("patch_embed.norm", x, at));
  config.depths.forEach((depth, stage) => {
    for (let i = 0; i < depth; i++) x = then(block(layers, `layers.${stage}.blocks.${i}`, x, at));
    if (stage === config.depths.length - 1) return;
    const name = `layers.${stage}.downsample`;
    const halved = { B, H: at.H / 2, W: at.W / 2, C: 4 * at.C };
    x = then(layers.merge(x, at));
    x = then(layers.norm(`${name}.norm`, x, halved));
    x = then(layers.linear(`${name}.reduction`, x, halved));
    at = { ...halved, C: 2 * at.C };
  });
  x = then(layers.norm("norm", x, at));
  x = then(layers.meanOverPositions(x, at));
  const y = then(layers.linear("head", x, { B, H: 1, W: 1, C: at.C }));
  return { y, pull: (dy) => pulls.reduceRight((gradient, pull) => layers.scope(() => pull(gradient)), dy) };
}

/** x + lifModule(norm1(x)), then that + mlp(norm2(that)). */
function block(layers, name, x, at) {
  const lif = `${name}.lif_module`;
  const norm1 = layers.norm(`${name}.norm1`, x, at);
  const conv1 = layers.linear(`${lif}.conv1`, norm1.y, at);
  const gelu1 = layers.normGelu(`${lif}.norm1`, conv1.y, at);
  const dw1 = layers.depthwise(`${lif}.dw1`, gelu1.y, at);
  const gelu2 = layers.normGelu(`${lif}.norm2`, dw1.y, at);
  const lif1 = layers.lif(`${lif}.lif1`, gelu2.y, at, "H");
  const lif2 = layers.lif(`${lif}.lif2`, gelu2.y, at, "W");
  const branchH = layers.linearGelu(`${lif}.conv2_1`, lif1.y, at);
  const branches = layers.linearGelu(`${lif}.conv2_2`, lif2.y, at, branchH.y);
  const norm3 = layers.norm(`${lif}.norm3`, branches.y, at);
  const mixed = layers.linear(`${lif}.conv3`, norm3.y, at, x);
  const norm2 = layers.norm(`${name}.norm2`, mixed.y, at);
  const fc1 = layers.linearGelu(`${name}.mlp.fc1`, norm2.y, at);
  const fc2 = layers.linear(`${name}.mlp.fc2`, fc1.y, { ...at, C: 4 * at.C }, mixed.y);
  const pull = (dy) => {
    const dMixed = layers.add(norm2.pull(fc1.pull(fc2.pull(dy))), dy);
    const dBranches = norm3.pull(mixed.pull(dMixed));
    const dNeurons = layers.add(lif1.pull(branchH.pull(dBranches)), lif2.pull(branches.pull(dBranches)));
    return layers.add(norm1.pull(conv1.pull(gelu1.pull(dw1.pull(gelu2.pull(dNeurons))))), dMixed);
  };
  return { y: fc2.y, pull };
}

/** AdamW's settings. */
export const adam = { rate: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, decay: 0.05 };

/** Smallest groups of neighbouring parameters to update together; each at most `members` tensors of `size` numbers. */
export function packed(parameters, size, members = Number.POSITIVE_INFINITY) {
  const groups = [];
  let open = [];
  for (const parameter of parameters) {
    if (parameter.shape.reduce((a, b) => a * b, 1) > size) {
      groups.push([parameter]);
      continue;
    }
    if (open.length === 0 || open.length === members) {
      open = [];
      groups.push(open);
    }
    open.push(parameter);
  }
  return groups;
}
