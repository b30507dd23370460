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
}

export interface StageOutput {
  /** Keys and values of the chunk, [layers of the stage × 2, tokens, kvHeads × headDim]. */
  readonly kv: Float32Array;
  /** The residual stream, [tokens, hidden]. */
  readonly stream: Float32Array;
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

  private async compute({ keepTokens, added, stream, tokens }: StageInput): Promise<StageOutput> {
    const { config, past } = this;
    past.truncate(keepTokens);
    for (const part of added) {
      past.append(part);
      release(part.data);
    }
    const start = past.tokens;
    const group = config.heads / config.kvHeads;
    const rows = group === 1 ? Math.max(tokens, ROWS_MIN) : tokens;
    const width = Math.ceil((start + rows) / WIDTH_STEP) * WIDTH_STEP;
    const missing = width - start - rows;
    const feeds: Record<string, Tensor> = {
      stream: new Tensor('float32', withRows(stream, rows * config.hidden), [rows, config.hidden]),
      zeroPoints: zeroPoints(rows),
      positions: int64s(
        Array.from({ length: rows }, (_, i) => start + i),
        [1, rows],
      ),
      mask: new Tensor('float32', causalMask(start, rows, group, width), [1, rows * group, width]),
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
    const outputs = await runSession(this.session, feeds);
    const kv = leadingTokens(floats(outputs, 'kv'), rows, tokens, this.shape);
    past.append({ tokens, data: kv });
    return { kv, stream: withRows(floats(outputs, 'residual'), tokens * config.hidden) };
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

/** [tokens × group, width], a token's rows being neighbours. */
function causalMask(start: number, tokens: number, group: number, width: number): Float32Array {
  const mask = new Float32Array(tokens * group * width);
  for (let row = 0; row < tokens * group; row++) {
    mask.fill(MASKED, row * width + start + Math.floor(row / group) + 1, (row + 1) * width);
  }
  return mask;
}
