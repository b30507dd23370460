import type { ModelConfig } from '@helium/model';
import { Tensor } from 'onnxruntime-node';
import { stacksQueries } from './graph/attention-scores.ts';
import { decodePastNames } from './graph/decode-inputs.ts';
import type { GraphForm } from './graph/precision.ts';
import { emptySegments, headProducts, SEGMENT_TOKENS } from './graph/segment-sums.ts';
import type { DecodeSlab } from './kv/decode-slab.ts';
import { int64s } from './session-values.ts';

type Feeds = Readonly<Record<string, Tensor>>;

interface Kept {
  readonly rows: number;
  readonly place: number;
  readonly width: number;
  readonly feeds: Feeds;
}

/**
 * What the decode graph is fed of a slab and its shape: the inputs of `declareAttentionInputs` and
 * `declarePast` but the mask. The tensors are views of the slab's memory, so they
 * serve every step until the slab has other rows or another place, or they have another `width`: the tokens that each
 * row of the slab gets in a step.
 */
export class PastFeeds {
  private readonly config: ModelConfig;
  private readonly isStacked: boolean;
  private readonly kept = new WeakMap<DecodeSlab, Kept>();

  constructor(config: ModelConfig, form: GraphForm) {
    this.config = config;
    this.isStacked = stacksQueries(config, form);
  }

  of(slab: DecodeSlab, width: number): Feeds {
    const { rows, place } = slab;
    const known = this.kept.get(slab);
    if (known?.rows === rows && known.place === place && known.width === width) return known.feeds;
    const feeds = { ...this.shapes(shapeOf(slab, width)), ...this.planes(slab) };
    this.kept.set(slab, { rows, place, width, feeds });
    return feeds;
  }

  /** The axis that is there where each head meets keys by itself. */
  private get single(): readonly number[] {
    return this.isStacked ? [] : [1];
  }

  /** Dimensions of the graph's `mask`. */
  maskDims(slab: DecodeSlab, width: number): readonly number[] {
    const { groups, members, capacity } = shapeOf(slab, width);
    return [groups, members, 1, 1, ...this.single, capacity];
  }

  private shapes({ groups, members, sharedTokens, capacity }: StepShape): Feeds {
    const { heads, kvHeads, headDim } = this.config;
    const group = heads / kvHeads;
    const [products, width] = headProducts(this.config);
    const weights = (tokens: number) => {
      const segments = tokens / SEGMENT_TOKENS;
      return width === 1 ? [segments, 1, SEGMENT_TOKENS] : [width, segments, SEGMENT_TOKENS];
    };
    const shape = (...dims: readonly number[]) => int64s(dims, [dims.length]);
    const empty = emptySegments((sharedTokens + capacity) / SEGMENT_TOKENS);
    const feeds = {
      sizes: shape(sharedTokens, capacity, 1),
      queryShape: shape(groups, members, kvHeads, group, ...this.single, headDim),
      recentShape: shape(groups, members, kvHeads, 1, ...this.single, headDim),
      sharedWeights: shape(groups, members, kvHeads, products, ...weights(sharedTokens)),
      ownWeights: shape(groups, members, kvHeads, products, ...weights(capacity)),
      emptySegments: zeros([groups, members, kvHeads, products, empty, width, headDim]),
      draftKeys: shape(groups, ...this.single, kvHeads, ...this.single, capacity, headDim),
      draftValues: shape(groups, 1, kvHeads, 1, capacity / SEGMENT_TOKENS, SEGMENT_TOKENS, headDim),
    };
    if (!this.isStacked) return feeds;
    return {
      ...feeds,
      stackedQueries: shape(groups, kvHeads, members * group, headDim),
      stackedScores: shape(groups, kvHeads, members, group, sharedTokens),
      draftScores: shape(groups, kvHeads, members, group, capacity),
    };
  }

  private planes(slab: DecodeSlab): Feeds {
    const { layers, kvHeads, headDim } = this.config;
    const { rows, groups, sharedTokens, capacity } = slab;
    const members = rows / groups;
    const { single } = this;
    const sharedKeys = [groups, ...single, kvHeads, ...single, sharedTokens, headDim];
    const ownKeys = [groups, members, kvHeads, ...single, capacity, headDim];
    const values = (data: Float32Array, members: number, tokens: number) => {
      const segments = tokens / SEGMENT_TOKENS;
      const dims = [groups, members, kvHeads, 1, segments, SEGMENT_TOKENS, headDim];
      return new Tensor('float32', data, dims);
    };
    const feeds: Record<string, Tensor> = {};
    for (let layer = 0; layer < layers; layer++) {
      const names = decodePastNames(layer);
      const [key, value] = [layer * 2, layer * 2 + 1];
      feeds[names.sharedKey] = new Tensor('float32', slab.sharedPlane(key), sharedKeys);
      feeds[names.sharedValue] = values(slab.sharedPlane(value), 1, sharedTokens);
      feeds[names.ownKey] = new Tensor('float32', slab.ownPlane(key), ownKeys);
      feeds[names.ownValue] = values(slab.ownPlane(value), members, capacity);
    }
    return feeds;
  }
}

/** The rows of a step: of a slab's groups, or each of the slab's rows a group of the tokens it gets. */
type StepShape = Pick<DecodeSlab, 'groups' | 'members' | 'sharedTokens' | 'capacity'>;

function shapeOf({ rows, groups, sharedTokens, capacity }: DecodeSlab, width: number): StepShape {
  return width === 1
    ? { groups, members: rows / groups, sharedTokens, capacity }
    : { groups: rows, members: width, sharedTokens, capacity };
}

function zeros(dims: readonly number[]): Tensor {
  return new Tensor('float32', new Float32Array(dims.reduce((size, dim) => size * dim, 1)), dims);
}
