import type { ModelConfig } from '@helium/model';
import { invariant } from '@helium/shared';
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import type { GraphForm } from './graph/precision.ts';
import type { DecodeSlab } from './kv/decode-slab.ts';
import { type StepRows, stepRows } from './kv/step-rows.ts';
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
   * Tokens for every row of the slab: the first follows its past, each next one the one before. More than one only in a
   * slab of one group, where there is room. `kv` [planes, tokens, width] is still to be appended to it. A token's
   * bits do not depend on what else is in the step.
   */
  async decode(
    tokens: readonly (readonly number[])[],
    slab: DecodeSlab,
  ): Promise<{ kv: Float32Array; head: HeadRows; rows: StepRows }> {
    const { hidden } = this.config;
    const rows = stepRows(tokens.map(({ length }) => length));
    invariant(tokens.length === slab.rows, `${tokens.length} tokens for ${slab.rows} rows`);
    for (const [row, count] of rows.counts.entries()) {
      const room = slab.roomOf(row);
      invariant(
        count === 1 || (count > 0 && count <= room),
        `${count} tokens in row ${row}, which has room for ${room}`,
      );
    }
    const { total, width } = rows;
    const ids = Int32Array.from(tokens.flat());
    const positions = tokens.flatMap((own, row) => own.map((_, i) => slab.lengthOf(row) + i));
    const feeds = {
      ...this.past.of(slab, width),
      ...this.drafts(slab, rows),
      embeddings: new Tensor('float32', this.embedding.rows(ids), [total, hidden]),
      zeroPoints: zeroPoints(total),
      positions: int64s(positions, [total, 1]),
      mask: new Tensor('float32', lengthMask(slab, width), this.past.maskDims(slab, width)),
    };
    const outputs = await runSession(await this.sessions.decode.get(), feeds);
    return { kv: floats(outputs, 'kv'), head: headRows(outputs), rows };
  }

  /** Whether rows have several tokens, and where these belong. */
  private drafts(slab: DecodeSlab, { counts, starts, width }: StepRows): Record<string, Tensor> {
    const hasDrafts = new Tensor('bool', Uint8Array.of(Number(width > 1)), []);
    if (width === 1) return { hasDrafts, ...NO_DRAFTS };
    const { kvHeads } = this.config;
    const places: number[] = [];
    const padded: number[] = [];
    const unpadded: number[] = [];
    for (const [row, count] of counts.entries()) {
      for (let i = 0; i < width; i++) {
        // What fills a row up is computed along, and taken nowhere.
        padded.push(starts[row]! + Math.min(i, count - 1));
        if (i >= count) continue;
        unpadded.push(row * width + i);
        // A full row waits, and is computed all the same: its token stays in it.
        const token = Math.min(slab.ownLengthOf(row) + i, slab.capacity - 1);
        for (let head = 0; head < kvHeads; head++) {
          places.push((row * kvHeads + head) * slab.capacity + token);
        }
      }
    }
    return {
      hasDrafts,
      draftPlaces: int64s(places, [places.length, 1]),
      paddedRows: int64s(padded, [padded.length]),
      unpaddedRows: int64s(unpadded, [unpadded.length]),
    };
  }
}

const NO_DRAFTS = {
  draftPlaces: int64s([], [0, 1]),
  paddedRows: int64s([], [0]),
  unpaddedRows: int64s([], [0]),
};

function headRows(outputs: InferenceSession.OnnxValueMapType): HeadRows {
  const candidates = outputs.candidates;
  invariant(candidates?.data instanceof BigInt64Array, 'candidates are not int64');
  return {
    hidden: floats(outputs, 'hidden'),
    ids: candidates.data,
    perRow: candidates.dims[1] ?? 0,
  };
}

/** [rows × width, capacity]: a row's own tokens, and those of the step before each. */
function lengthMask(slab: DecodeSlab, width: number): Float32Array {
  const { capacity } = slab;
  const count = slab.rows * width;
  const mask = new Float32Array(count * capacity);
  for (let at = 0; at < count; at++) {
    const before = Math.min(slab.ownLengthOf(Math.floor(at / width)) + (at % width), capacity);
    mask.fill(MASKED, at * capacity + before, (at + 1) * capacity);
  }
  return mask;
}
