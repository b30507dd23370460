import {
  chunksBehind,
  commonTokens,
  copyPart,
  type KvChunk,
  type KvShape,
  wholeChunk,
} from '../kv/kv-chunk.ts';
import type { TokenEmbedding } from '../token-embedding.ts';
import type { Stage } from './prefill-stage.ts';

/** Chunks that a stage may be behind: one that it computes and one that waits for it. */
const BEHIND_MAX = 2;

/** A chunk whose first stage is done. */
export interface StartedChunk {
  /** Its KV; parts of later stages appear when they are done. */
  readonly chunk: KvChunk;
  /** [wanted, hidden]: the residual stream of its last tokens, once all stages are done. */
  readonly residual: Promise<Float32Array>;
}

/**
 * Prefills chunks stage by stage: while a later stage computes one chunk, the first computes the next.
 * With all stages on one thread it is a plain loop. Where the layers are cut is a property of the
 * model, so threads change no bit.
 */
export class PrefillPipeline {
  /** Whether stages compute beside each other. */
  readonly overlaps: boolean;
  private readonly stages: readonly Stage[];
  private readonly embedding: TokenEmbedding;
  private readonly shape: KvShape;
  /** The chunks whose KV the stages' pasts hold, in order. */
  private past: readonly KvChunk[] = [];
  private underway: Promise<unknown>[] = [];
  private failure: unknown;
  private nextId = 0;

  /** The first of `stages` runs here; the others may be threads. */
  constructor(
    stages: readonly Stage[],
    embedding: TokenEmbedding,
    shape: KvShape,
    overlaps = stages.length > 1,
  ) {
    this.stages = stages;
    this.overlaps = overlaps;
    this.embedding = embedding;
    this.shape = shape;
  }

  /** Whether no stage computes anything. */
  get isIdle(): boolean {
    return this.underway.length === 0;
  }

  /**
   * One chunk after exactly the tokens of `past`, of which the last `wanted` are to come out of the last layer; resolves
   * when the first stage is done with it. Throws what a stage threw, for this chunk or for one before.
   */
  async start(tokens: Int32Array, past: readonly KvChunk[], wanted = 1): Promise<StartedChunk> {
    const keepTokens = commonTokens(this.past, past);
    const added = chunksBehind(past, keepTokens);
    // What a later stage is to be given must have come from it first.
    const isUnderway = ({ record }: KvChunk) => record.parts.length < this.stages.length;
    if (added.some(isUnderway)) await this.drain();
    if (this.underway.length >= BEHIND_MAX) await this.underway[0];
    this.throwFailure();
    const parts: Float32Array[] = [];
    const record = { id: this.nextId++, tokens: tokens.length, parts, isBroken: false };
    const chunk = wholeChunk(record);
    const run = async (index: number, stream: Float32Array): Promise<Float32Array> => {
      const output = await this.stages[index]!.run({
        keepTokens,
        added: added.map((source) => ({
          tokens: source.tokens,
          data: copyPart(source, index, this.shape),
        })),
        stream,
        tokens: tokens.length,
        wanted,
      });
      parts[index] = output.kv;
      record.isBroken ||= output.isBroken;
      return output.stream;
    };
    this.past = [...past, chunk];
    const first = run(0, this.embedding.rows(tokens));
    let residual = first;
    for (let i = 1; i < this.stages.length; i++) {
      residual = residual.then((rows) => run(i, rows));
    }
    this.track(residual);
    await first;
    return { chunk, residual };
  }

  /** Resolves when no stage computes anything. Throws what a stage threw. */
  async settle(): Promise<void> {
    await this.drain();
    this.throwFailure();
  }

  async close(): Promise<void> {
    await this.drain();
    for (const stage of this.stages) await stage.close();
  }

  private track(work: Promise<unknown>): void {
    const done: Promise<unknown> = work
      .catch((error: unknown) => {
        this.failure = error;
      })
      .then(() => {
        this.underway = this.underway.filter((other) => other !== done);
      });
    this.underway.push(done);
  }

  /** Once; after it the stages' pasts are unknown and told anew. */
  private throwFailure(): void {
    const { failure } = this;
    if (failure === undefined) return;
    this.failure = undefined;
    this.past = [];
    throw failure;
  }

  private async drain(): Promise<void> {
    await Promise.all(this.underway);
  }
}
