import type { ModelConfig } from '@helium/model';
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { type LayerRange, pastNames } from '../graph/prefill-stages.ts';
import { type KvShape, kvShapeOf } from '../kv/kv-chunk.ts';
import { PastBuffer, type PastPart } from '../kv/past-buffer.ts';
import { floats, int64s, MASKED, release, runSession, zeroPoints } from '../session-values.ts';

/** Attended columns are padded to whole vectors of the widest kernels, see `buildPrefillGraph`. */
const WIDTH_STEP = 16;

/** A product of one row would take another kernel than one of several. */
const ROWS_MIN = 2;

/** One chunk on its way through the layers of a stage. */
export interface StageInput {
  /** Tokens of the stage's past that are this prompt's too; what lies behind them is forgotten. */
  readonly keepTokens: number;
  /** KV of the stage's layers to be put behind them, before the chunk; gone when it is there. */
  readonly added: readonly PastPart[];
  /** [tokens, hidden]: embeddings, or what the stage before let out. */
  readonly stream: Float32Array;
  readonly tokens: number;
  /** Of these the last so many are to come out of the last layer. */
  readonly wanted: number;
}

export interface StageOutput {
  /** Keys and values of the chunk, [layers of the stage × 2, tokens, kvHeads × headDim]. */
  readonly kv: Float32Array;
  /** The residual stream, [tokens, hidden]; of the last stage [wanted, hidden]. */
  readonly stream: Float32Array;
  /** Of the last stage: whether something on the way of any of the tokens was not a number. */
  readonly isBroken: boolean;
}

/** A run of layers that prefills: here, or on another thread. Inputs are taken in order. */
export interface Stage {
  run(input: StageInput): Promise<StageOutput>;
  close(): Promise<void>;
}

/** A stage that runs where it is called; the chunk's KV becomes part of its past. */
export class PrefillStage implements Stage {
  private readonly session: InferenceSession;
  private readonly config: ModelConfig;
  private readonly range: LayerRange;
  private readonly shape: KvShape;
  private readonly past: PastBuffer;
  private previous: Promise<unknown> = Promise.resolve();

  constructor(session: InferenceSession, config: ModelConfig, range: LayerRange) {
    this.session = session;
    this.config = config;
    this.range = range;
    this.shape = stageShape(kvShapeOf(config), range);
    this.past = new PastBuffer(this.shape);
  }

  run(input: StageInput): Promise<StageOutput> {
    const output = this.previous.then(() => this.compute(input));
    this.previous = output.catch(() => undefined);
    return output;
  }

  async close(): Promise<void> {
    await this.previous;
    await this.session.release();
  }

  private async compute(input: StageInput): Promise<StageOutput> {
    const { keepTokens, added, stream, tokens } = input;
    const { config, past } = this;
    past.truncate(keepTokens);
    for (const part of added) {
      past.append(part);
      release(part.data);
    }
    const start = past.tokens;
    const group = config.heads / config.kvHeads;
    const rows = Math.max(tokens, this.rowsMin);
    const width = Math.ceil((start + rows) / WIDTH_STEP) * WIDTH_STEP;
    const missing = width - start - rows;
    const feeds: Record<string, Tensor> = {
      stream: new Tensor('float32', withRows(stream, rows * config.hidden), [rows, config.hidden]),
      zeroPoints: zeroPoints(rows),
      positions: int64s(
        Array.from({ length: rows }, (_, i) => start + i),
        [1, rows],
      ),
      mask: causalMask(start, rows, group, width),
      padding: new Tensor('float32', new Float32Array(missing * this.shape.width), [
        missing,
        config.kvHeads,
        config.headDim,
      ]),
    };
    const dims = [start, config.kvHeads, config.headDim];
    for (let layer = this.range.first; layer < this.range.end; layer++) {
      pastNames(layer).forEach((name, part) => {
        const plane = (layer - this.range.first) * 2 + part;
        feeds[name] = new Tensor('float32', past.plane(plane), dims);
      });
    }
    const wanted = this.isLast ? this.wantedRows(input, rows) : undefined;
    if (wanted !== undefined) {
      const { first, count } = wanted;
      feeds.wanted = int64s(
        Array.from({ length: count }, (_, i) => first + i),
        [count],
      );
      feeds.wantedZeroPoints = zeroPoints(count);
      feeds.wantedMask = causalMask(start + first, count, group, width);
    }
    const outputs = await runSession(this.session, feeds);
    const kv = leadingTokens(floats(outputs, 'kv'), rows, tokens, this.shape);
    past.append({ tokens, data: kv });
    const residual = floats(outputs, 'residual');
    if (wanted === undefined) {
      return { kv, stream: withRows(residual, tokens * config.hidden), isBroken: false };
    }
    const from = (tokens - input.wanted - wanted.first) * config.hidden;
    const isBroken = !floats(outputs, 'sums').subarray(0, tokens).every(Number.isFinite);
    return { kv, stream: residual.slice(from, from + input.wanted * config.hidden), isBroken };
  }

  /** Rows that a product has at least. */
  private get rowsMin(): number {
    return this.config.heads === this.config.kvHeads ? ROWS_MIN : 1;
  }

  private get isLast(): boolean {
    return this.range.end === this.config.layers;
  }

  /** The rows of a chunk that come out of the last layer: those wanted, and as many more as products need. */
  private wantedRows(
    { tokens, wanted }: StageInput,
    rows: number,
  ): { readonly first: number; readonly count: number } {
    const first = Math.min(tokens - wanted, rows - this.rowsMin);
    return { first, count: Math.max(tokens - first, this.rowsMin) };
  }
}

/** The KV of some of the layers. */
function stageShape(shape: KvShape, { first, end }: LayerRange): KvShape {
  return { ...shape, planes: (end - first) * 2 };
}

/** The first `size` floats; where there are fewer, zeros behind them. */
function withRows(values: Float32Array, size: number): Float32Array {
  if (values.length === size) return values;
  const sized = new Float32Array(size);
  sized.set(values.subarray(0, size));
  return sized;
}

/** [planes, rows, width] → [planes, tokens, width]. */
function leadingTokens(
  kv: Float32Array,
  rows: number,
  tokens: number,
  { planes, width }: KvShape,
): Float32Array {
  if (rows === tokens) return kv;
  const leading = new Float32Array(planes * tokens * width);
  for (let plane = 0; plane < planes; plane++) {
    const first = plane * rows * width;
    leading.set(kv.subarray(first, first + tokens * width), plane * tokens * width);
  }
  return leading;
}

/** What `count` tokens see from the prompt's token `first` on: [1, count × group, width], a token's rows being neighbours. */
function causalMask(first: number, count: number, group: number, width: number): Tensor {
  const rows = count * group;
  const mask = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    mask.fill(MASKED, row * width + first + Math.floor(row / group) + 1, (row + 1) * width);
  }
  return new Tensor('float32', mask, [1, rows, width]);
}
