import type { ModelConfig } from '@helium/model';
import { HeliumError, invariant } from '@helium/shared';
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { ZERO_POINT } from './graph/linear.ts';
import { pastNames } from './graph/prefill-graph.ts';
import type { DecodeSlab } from './kv/decode-slab.ts';
import type { KvChunk } from './kv/kv-chunk.ts';
import type { PastBuffer } from './kv/past-buffer.ts';
import type { Sessions } from './sessions.ts';

/** The head's answer for some rows: `hidden` [rows, hidden size], `ids` [rows, perRow], best first. */
export interface HeadRows {
  readonly hidden: Float32Array;
  readonly ids: BigInt64Array;
  readonly perRow: number;
}

/** Added to a masked score: its exponential is exactly 0. */
const MASKED = -1e30;

/** Runs the graphs: embeddings and KV in, KV and candidates out. Holds no state of sequences. */
export class GraphRunner {
  private readonly sessions: Sessions;
  private readonly config: ModelConfig;
  private readonly embedding: Float32Array;

  /** `embedding` [vocab, hidden]. */
  constructor(sessions: Sessions, config: ModelConfig, embedding: Float32Array) {
    this.sessions = sessions;
    this.config = config;
    this.embedding = embedding;
  }

  /** One chunk after exactly the tokens of `past`. `residual` [1, hidden] is its last token's. */
  async prefill(
    tokens: Int32Array,
    past: PastBuffer,
  ): Promise<{ chunk: KvChunk; residual: Float32Array }> {
    const { config } = this;
    const count = tokens.length;
    const start = past.tokens;
    const group = config.heads / config.kvHeads;
    const feeds: Record<string, Tensor> = {
      embeddings: this.embed(tokens),
      zeroPoints: zeroPoints(count),
      positions: int64s(
        Array.from(tokens, (_, i) => start + i),
        [1, count],
      ),
      mask: new Tensor('float32', causalMask(start, count, group), [
        1,
        count * group,
        start + count,
      ]),
    };
    this.feedPast(feeds, [start, config.kvHeads, config.headDim], past);
    const outputs = await run(this.sessions.prefill, feeds);
    return {
      chunk: { tokens: count, data: floats(outputs, 'kv') },
      residual: floats(outputs, 'residual'),
    };
  }

  /** The head for a prompt's last token. */
  async head(residual: Float32Array): Promise<HeadRows> {
    const feeds = {
      residual: new Tensor('float32', residual, [1, this.config.hidden]),
      zeroPoints: zeroPoints(1),
    };
    return headRows(await run(this.sessions.head, feeds));
  }

  /** One token for every row of the slab: `kv` is still to be appended to it. */
  async decode(
    tokens: Int32Array,
    slab: DecodeSlab,
  ): Promise<{ kv: Float32Array; head: HeadRows }> {
    const { rows, capacity } = slab;
    const { kvHeads, headDim } = this.config;
    invariant(tokens.length === rows, `${tokens.length} tokens for a slab of ${rows} rows`);
    const lengths = Array.from(tokens, (_, row) => slab.lengthOf(row));
    const feeds: Record<string, Tensor> = {
      embeddings: this.embed(tokens),
      zeroPoints: zeroPoints(rows),
      positions: int64s(lengths, [rows, 1]),
      mask: new Tensor('float32', lengthMask(lengths, capacity), [rows, 1, 1, 1, capacity + 1]),
      sizes: int64s([capacity, 1], [2]),
    };
    this.feedPast(feeds, [rows, kvHeads, 1, capacity, headDim], slab);
    const outputs = await run(this.sessions.decode, feeds);
    return { kv: floats(outputs, 'kv'), head: headRows(outputs) };
  }

  private feedPast(
    feeds: Record<string, Tensor>,
    dims: readonly number[],
    past: Pick<PastBuffer, 'plane'>,
  ): void {
    for (let layer = 0; layer < this.config.layers; layer++) {
      pastNames(layer).forEach((name, part) => {
        feeds[name] = new Tensor('float32', past.plane(layer * 2 + part), dims);
      });
    }
  }

  private embed(tokens: Int32Array): Tensor {
    const { hidden, vocab } = this.config;
    const rows = new Float32Array(tokens.length * hidden);
    tokens.forEach((token, row) => {
      invariant(token >= 0 && token < vocab, `token ${token} of a vocabulary of ${vocab}`);
      rows.set(this.embedding.subarray(token * hidden, (token + 1) * hidden), row * hidden);
    });
    return new Tensor('float32', rows, [tokens.length, hidden]);
  }
}

async function run(session: InferenceSession, feeds: Record<string, Tensor>) {
  try {
    return await session.run(feeds);
  } catch (cause) {
    throw new HeliumError('ENGINE_FAILED', `onnxruntime: ${String(cause)}`, { cause });
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

function floats(outputs: InferenceSession.OnnxValueMapType, name: string): Float32Array {
  const data = outputs[name]?.data;
  invariant(data instanceof Float32Array, `graph output ${name} is not float32`);
  return data;
}

function int64s(values: readonly number[], dims: readonly number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), dims);
}

function zeroPoints(rows: number): Tensor {
  return new Tensor('uint8', new Uint8Array(rows).fill(ZERO_POINT), [rows, 1]);
}

/** [tokens × group, start + tokens], a token's rows being neighbours. */
function causalMask(start: number, tokens: number, group: number): Float32Array {
  const width = start + tokens;
  const mask = new Float32Array(tokens * group * width);
  for (let row = 0; row < tokens * group; row++) {
    mask.fill(MASKED, row * width + start + Math.floor(row / group) + 1, (row + 1) * width);
  }
  return mask;
}

/** [rows, capacity + 1]: a row's own tokens, then the new one in the last column. */
function lengthMask(lengths: readonly number[], capacity: number): Float32Array {
  const width = capacity + 1;
  const mask = new Float32Array(lengths.length * width);
  lengths.forEach((length, row) => {
    mask.fill(MASKED, row * width + length, row * width + capacity);
  });
  return mask;
}
