import type { ModelConfig } from '@helium/model';
import { invariant } from '@helium/shared';
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import type { GraphForm } from './graph/precision.ts';
import type { DecodeSlab } from './kv/decode-slab.ts';
import { PastFeeds } from './past-feeds.ts';
import { floats, int64s, MASKED, runSession, zeroPoints } from './session-values.ts';
import type { Sessions } from './sessions.ts';
import type { TokenEmbedding } from './token-embedding.ts';

/** The head's answer for some rows: `hidden` [rows, hidden size], `ids` [rows, perRow], best first. */
export interface HeadRows {
  readonly hidden: Float32Array;
  readonly ids: BigInt64Array;
  readonly perRow: number;
}

/** Runs the decode and head graphs: embeddings and KV in, KV and candidates out. */
export class GraphRunner {
  private readonly sessions: Sessions;
  private readonly config: ModelConfig;
  private readonly embedding: TokenEmbedding;
  private readonly past: PastFeeds;

  constructor(sessions: Sessions, config: ModelConfig, embedding: TokenEmbedding, form: GraphForm) {
    this.sessions = sessions;
    this.config = config;
    this.embedding = embedding;
    this.past = new PastFeeds(config, form);
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
    const feeds = {
      ...this.past.of(slab),
      embeddings: new Tensor('float32', this.embedding.rows(tokens), [rows, hidden]),
      zeroPoints: zeroPoints(rows),
      positions: int64s(positions, [rows, 1]),
      mask: new Tensor('float32', lengthMask(slab), this.past.maskDims(slab)),
    };
    const outputs = await runSession(await this.sessions.decode.get(), feeds);
    return { kv: floats(outputs, 'kv'), head: headRows(outputs) };
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
