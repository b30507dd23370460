import type { ModelConfig } from '@helium/model';
import { invariant } from '@helium/shared';
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import {
  decodePastNames,
  headProducts,
  SEGMENT_TOKENS,
  stacksQueries,
} from './graph/segmented-attention.ts';
import type { DecodeSlab } from './kv/decode-slab.ts';
import { floats, int64s, MASKED, runSession, zeroPoints } from './session-values.ts';
import type { Sessions } from './sessions.ts';
import type { TokenEmbedding } from './token-embedding.ts';

/** The head's answer for some rows: `hidden` [rows, hidden size], `ids` [rows, perRow], best first. */
export interface HeadRows {
  readonly hidden: Float32Array;
  readonly ids: BigInt64Array;
  readonly perRow: number;
}

/** Runs the decode and head graphs: embeddings and KV in, KV and candidates out. Holds no state. */
export class GraphRunner {
  private readonly sessions: Sessions;
  private readonly config: ModelConfig;
  private readonly embedding: TokenEmbedding;

  constructor(sessions: Sessions, config: ModelConfig, embedding: TokenEmbedding) {
    this.sessions = sessions;
    this.config = config;
    this.embedding = embedding;
  }

  /** The head for the last tokens of some prompts, their residuals [1, hidden] each. */
  async head(residuals: readonly Float32Array[]): Promise<HeadRows> {
    const { hidden } = this.config;
    const rows = new Float32Array(residuals.length * hidden);
    residuals.forEach((residual, row) => {
      rows.set(residual, row * hidden);
    });
    const feeds = {
      residual: new Tensor('float32', rows, [residuals.length, hidden]),
      zeroPoints: zeroPoints(residuals.length),
    };
    return headRows(await runSession(this.sessions.head, feeds));
  }

  /** One token for every row of the slab: `kv` is still to be appended to it. */
  async decode(
    tokens: Int32Array,
    slab: DecodeSlab,
  ): Promise<{ kv: Float32Array; head: HeadRows }> {
    const { rows } = slab;
    const { hidden } = this.config;
    invariant(tokens.length === rows, `${tokens.length} tokens for a slab of ${rows} rows`);
    const positions = Array.from(tokens, (_, row) => slab.lengthOf(row));
    const feeds: Record<string, Tensor> = {
      embeddings: new Tensor('float32', this.embedding.rows(tokens), [rows, hidden]),
      zeroPoints: zeroPoints(rows),
      positions: int64s(positions, [rows, 1]),
    };
    this.feedPast(feeds, slab);
    const outputs = await runSession(this.sessions.decode, feeds);
    return { kv: floats(outputs, 'kv'), head: headRows(outputs) };
  }

  /** The inputs that `declareAttentionInputs` and `buildSegmentedAttention` name. */
  private feedPast(feeds: Record<string, Tensor>, slab: DecodeSlab): void {
    const { layers, heads, kvHeads, headDim } = this.config;
    const { rows, groups, sharedTokens, capacity } = slab;
    const members = rows / groups;
    const group = heads / kvHeads;
    const [products, width] = headProducts(this.config);
    const weights = (tokens: number) => {
      const segments = tokens / SEGMENT_TOKENS;
      return width === 1 ? [segments, 1, SEGMENT_TOKENS] : [width, segments, SEGMENT_TOKENS];
    };
    const shape = (...dims: readonly number[]) => int64s(dims, [dims.length]);
    feeds.mask = new Tensor('float32', lengthMask(slab), [groups, members, 1, 1, capacity]);
    feeds.sizes = shape(sharedTokens, capacity, 1);
    feeds.queryShape = shape(groups, members, kvHeads, group, headDim);
    feeds.recentShape = shape(groups, members, kvHeads, 1, headDim);
    feeds.sharedWeights = shape(groups, members, kvHeads, products, ...weights(sharedTokens));
    feeds.ownWeights = shape(groups, members, kvHeads, products, ...weights(capacity));
    const stacks = stacksQueries(this.config);
    if (stacks) {
      feeds.stackedQueries = shape(groups, kvHeads, members * group, headDim);
      feeds.stackedScores = shape(groups, kvHeads, members, group, sharedTokens);
    }
    const sharedKeys = [groups, ...(stacks ? [] : [1]), kvHeads, sharedTokens, headDim];
    const ownKeys = [groups, members, kvHeads, capacity, headDim];
    const values = (data: Float32Array, members: number, tokens: number) => {
      const segments = tokens / SEGMENT_TOKENS;
      const dims = [groups, members, kvHeads, 1, segments, SEGMENT_TOKENS, headDim];
      return new Tensor('float32', data, dims);
    };
    for (let layer = 0; layer < layers; layer++) {
      const names = decodePastNames(layer);
      const [key, value] = [layer * 2, layer * 2 + 1];
      feeds[names.sharedKey] = new Tensor('float32', slab.sharedPlane(key), sharedKeys);
      feeds[names.sharedValue] = values(slab.sharedPlane(value), 1, sharedTokens);
      feeds[names.ownKey] = new Tensor('float32', slab.ownPlane(key), ownKeys);
      feeds[names.ownValue] = values(slab.ownPlane(value), members, capacity);
    }
  }
}

function headRows(outputs: InferenceSession.OnnxValueMapType): HeadRows {
  const candidates = outputs.candidates;
  invariant(candidates?.data instanceof BigInt64Array, 'candidates are not int64');
  return {
    hidden: floats(outputs, 'hidden'),
    ids: candidates.data,
    perRow: candidates.dims[1] ?? 0,
  };
}

/** [rows, capacity]: a row's own tokens. */
function lengthMask(slab: DecodeSlab): Float32Array {
  const { rows, capacity } = slab;
  const mask = new Float32Array(rows * capacity);
  for (let row = 0; row < rows; row++) {
    mask.fill(MASKED, row * capacity + slab.ownLengthOf(row), (row + 1) * capacity);
  }
  return mask;
}
