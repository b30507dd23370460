import {
  type LayerTensorName,
  type ModelConfig,
  type ModelFile,
  ropeFrequencies,
} from '@helium/model';

/**
 * The forward pass of the families served as its definition reads, in float64, one token after the other: the twin that
 * the graphs are tested against. Returns the logits after every token. Only for tiny models.
 */
export function naiveLogits(model: ModelFile, tokens: readonly number[]): Float64Array[] {
  const { config } = model;
  const embedding = model.openEmbedding().values();
  const head = model.openHead().values();
  const layers = Array.from({ length: config.layers }, (_, layer) => ({
    read: (tensor: LayerTensorName) => model.readLayer(layer, tensor),
    keys: [] as Float64Array[],
    values: [] as Float64Array[],
  }));
  return tokens.map((token, position) => {
    let x = Float64Array.from(
      embedding.subarray(token * config.hidden, (token + 1) * config.hidden),
    );
    for (const { read, keys, values } of layers) {
      const normed = normalize(x, read('attnNorm'), config.normEpsilon);
      const project = (tensor: 'q' | 'k' | 'v' | 'o', input: Float64Array) => {
        const product = multiply(read(tensor), input);
        return hasBias(config, tensor) ? add(product, read(`${tensor}Bias`)) : product;
      };
      const turned = (tensor: 'q' | 'k') => {
        const heads = project(tensor, normed);
        const own = config.headNorms ? normHeads(heads, read(`${tensor}Norm`), config) : heads;
        return rotate(own, position, config);
      };
      keys.push(turned('k'));
      values.push(project('v', normed));
      x = add(x, project('o', attend(turned('q'), keys, values, model)));
      const second = normalize(x, read('ffnNorm'), config.normEpsilon);
      const up = multiply(read('up'), second);
      const gated = multiply(read('gate'), second).map((g, i) => (g / (1 + Math.exp(-g))) * up[i]!);
      x = add(x, multiply(read('down'), gated));
    }
    return multiply(head, normalize(x, model.readFinalNorm(), config.normEpsilon));
  });
}

/** The index of the largest value, and how far the next one is below it. */
export function argMax(values: Float64Array): { readonly index: number; readonly margin: number } {
  const ranked = [...values.keys()].sort((a, b) => values[b]! - values[a]!);
  return { index: ranked[0]!, margin: values[ranked[0]!]! - values[ranked[1]!]! };
}

function multiply(weights: Float32Array, input: Float64Array): Float64Array {
  return Float64Array.from({ length: weights.length / input.length }, (_, row) =>
    input.reduce((sum, value, i) => sum + value * weights[row * input.length + i]!, 0),
  );
}

function add(a: Float64Array, b: Float64Array | Float32Array): Float64Array<ArrayBuffer> {
  return Float64Array.from(a, (value, i) => value + b[i]!);
}

function normalize(x: Float64Array, weight: Float32Array, epsilon: number): Float64Array {
  const meanSquare = x.reduce((sum, value) => sum + value * value, 0) / x.length;
  const factor = 1 / Math.sqrt(meanSquare + epsilon);
  return x.map((value, i) => value * factor * weight[i]!);
}

function hasBias({ attentionBias }: ModelConfig, tensor: 'q' | 'k' | 'v' | 'o'): boolean {
  return attentionBias === 'qkvo' || (attentionBias === 'qkv' && tensor !== 'o');
}

function normHeads(heads: Float64Array, weight: Float32Array, config: ModelConfig): Float64Array {
  const normed = new Float64Array(heads.length);
  for (let at = 0; at < heads.length; at += config.headDim) {
    const head = heads.slice(at, at + config.headDim);
    normed.set(normalize(head, weight, config.normEpsilon), at);
  }
  return normed;
}

/** Rotates each head's halves against each other. */
function rotate(heads: Float64Array, position: number, config: ModelConfig): Float64Array {
  const { frequencies, magnitude } = ropeFrequencies(config);
  const half = config.headDim / 2;
  return heads.map((value, i) => {
    const within = i % config.headDim;
    const angle = position * frequencies[within % half]!;
    const partner = within < half ? -heads[i + half]! : heads[i - half]!;
    return magnitude * (value * Math.cos(angle) + partner * Math.sin(angle));
  });
}

function attend(
  query: Float64Array,
  keys: readonly Float64Array[],
  values: readonly Float64Array[],
  { config }: ModelFile,
): Float64Array {
  const { heads, kvHeads, headDim } = config;
  const mixed = new Float64Array(heads * headDim);
  for (let head = 0; head < heads; head++) {
    const shared = Math.floor((head * kvHeads) / heads) * headDim;
    const scores = keys.map((key) => {
      let score = 0;
      for (let i = 0; i < headDim; i++) score += query[head * headDim + i]! * key[shared + i]!;
      return score / Math.sqrt(headDim);
    });
    const largest = Math.max(...scores);
    const weights = scores.map((score) => Math.exp(score - largest));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    weights.forEach((weight, token) => {
      for (let i = 0; i < headDim; i++) {
        mixed[head * headDim + i]! += (weight / total) * values[token]![shared + i]!;
      }
    });
  }
  return mixed;
}
