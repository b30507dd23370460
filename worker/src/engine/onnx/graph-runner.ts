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

  /**
   * `width` tokens for every row of the slab, one row's behind each other: the first follows its past, each next one the
   * one before. More than one only for a slab of one group whose rows have room for as many. `kv` is still to be
   * appended to it. A token's bits are the same in any width.
   */
  async decode(
    tokens: Int32Array,
    slab: DecodeSlab,
    width = 1,
  ): Promise<{ kv: Float32Array; head: HeadRows }> {
    const count = slab.rows * width;
    const { hidden } = this.config;
    invariant(tokens.length === count, `${tokens.length} tokens for ${slab.rows} rows of ${width}`);
    invariant(
      width <= slab.widthMax,
      `${width} tokens a row, a slab with room for ${slab.widthMax}`,
    );
    const positions = Array.from(tokens, (_, at) => {
      return slab.lengthOf(Math.floor(at / width)) + (at % width);
    });
    const feeds = {
      ...this.past.of(slab, width),
      ...this.drafts(slab, width),
      embeddings: new Tensor('float32', this.embedding.rows(tokens), [count, hidden]),
      zeroPoints: zeroPoints(count),
      positions: int64s(positions, [count, 1]),
      mask: new Tensor('float32', lengthMask(slab, width), this.past.maskDims(slab, width)),
    };
    const outputs = await runSession(await this.sessions.decode.get(), feeds);
    return { kv: floats(outputs, 'kv'), head: headRows(outputs) };
  }

  /** Whether rows get several tokens, and where these belong among the heads of the slab's own tokens. */
  private drafts(slab: DecodeSlab, width: number): Record<string, Tensor> {
    const hasDrafts = new Tensor('bool', Uint8Array.of(Number(width > 1)), []);
    if (width === 1) return { hasDrafts, draftPlaces: int64s([], [0, 1]) };
    const { kvHeads } = this.config;
    const places: number[] = [];
    for (let row = 0; row < slab.rows; row++) {
      for (let draft = 0; draft < width; draft++) {
        const token = slab.ownLengthOf(row) + draft;
        for (let head = 0; head < kvHeads; head++) {
          places.push((row * kvHeads + head) * slab.capacity + token);
        }
      }
    }
    return { hasDrafts, draftPlaces: int64s(places, [places.length, 1]) };
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

/** [rows × width, capacity]: a row's own tokens, and those of the row itself before each. */
function lengthMask(slab: DecodeSlab, width: number): Float32Array {
  const { capacity } = slab;
  const count = slab.rows * width;
  const mask = new Float32Array(count * capacity);
  for (let at = 0; at < count; at++) {
    const before = slab.ownLengthOf(Math.floor(at / width)) + (at % width);
    mask.fill(MASKED, at * capacity + before, (at + 1) * capacity);
  }
  return mask;
}
