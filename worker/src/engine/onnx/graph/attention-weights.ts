import type { LayerTensorName, ModelConfig } from '@helium/model';

/** Reads a tensor of one layer. */
export type ReadTensor = (tensor: LayerTensorName) => Float32Array;

/**
 * Attention's 1/√headDim, moved into what makes the query: a product scaled by anything but 1 leaves
 * onnxruntime's fast matrix-vector kernel. Exact where headDim is a power of four. With normed heads it
 * is in the norm's weights, which undo every scale before them; else in q and its bias.
 */
function queryScale(config: ModelConfig): number {
  return 1 / Math.sqrt(config.headDim);
}

/** The rows of q (scaled, unless heads are normed), k and v, one under the other. */
export function joinQkv(config: ModelConfig, read: ReadTensor): Float32Array {
  const factor = config.headNorms ? 1 : queryScale(config);
  return joined(scaled(read('q'), factor), read('k'), read('v'));
}

/** The biases of `joinQkv`'s rows; undefined where the model has none. */
export function joinQkvBias(config: ModelConfig, read: ReadTensor): Float32Array | undefined {
  if (config.attentionBias === 'none') return undefined;
  const factor = config.headNorms ? 1 : queryScale(config);
  return joined(scaled(read('qBias'), factor), read('kBias'), read('vBias'));
}

/** Norm weights of every head of q (scaled), then of k: [heads + kvHeads, headDim]. */
export function joinHeadNorms(config: ModelConfig, read: ReadTensor): Float32Array | undefined {
  if (!config.headNorms) return undefined;
  const query = scaled(read('qNorm'), queryScale(config));
  const key = read('kNorm');
  return joined(
    ...Array.from({ length: config.heads }, () => query),
    ...Array.from({ length: config.kvHeads }, () => key),
  );
}

/** In place: what is read is read anew each time. */
function scaled(values: Float32Array, factor: number): Float32Array {
  if (factor !== 1) for (let i = 0; i < values.length; i++) values[i]! *= factor;
  return values;
}

function joined(...parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
