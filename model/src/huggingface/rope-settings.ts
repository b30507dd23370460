import { isJsonObject, type JsonObject } from '@helium/shared';
import {
  findDivisorFault,
  longropeMagnitude,
  type RopeScaling,
  yarnMagnitude,
} from '../rope/rope-scaling.ts';
import type { ConfigReader } from './config-reader.ts';

/** The object that holds rope's settings: `rope_parameters` in newer files, `rope_scaling` in older. */
export function ropeObject(json: JsonObject): JsonObject {
  const found = json.rope_scaling ?? json.rope_parameters;
  return isJsonObject(found) ? found : {};
}

/** What is there in place of the object. */
function checkRopeObject(json: JsonObject, reader: ConfigReader): void {
  const { rope_scaling: old, rope_parameters: newer } = json;
  for (const [field, value] of Object.entries({ rope_scaling: old, rope_parameters: newer })) {
    if (value === undefined || value === null || isJsonObject(value)) continue;
    reader.fault(field, `is ${JSON.stringify(value)}, an object or null is expected`);
  }
}

/** What of the model scaling follows from besides its own settings. */
export interface RopeShape {
  /** max_position_embeddings. */
  readonly contextTokens: number;
  readonly headDim: number;
  /** original_max_position_embeddings beside rope's object, where Phi has it. */
  readonly originalTokens: number | undefined;
}

/** Reads the settings of one kind of scaling. */
type ReadScaling = (rope: JsonObject, reader: ConfigReader, shape: RopeShape) => RopeScaling;

const KINDS: Readonly<Record<string, ReadScaling>> = {
  default: () => ({ kind: 'none' }),
  // Dynamic NTK begins beyond max_position_embeddings, where no call gets: up to there it is plain rope.
  dynamic: () => ({ kind: 'none' }),
  linear: (_rope, reader) => ({ kind: 'linear', factor: reader.positive('factor') }),
  llama3: (_rope, reader, { contextTokens }) => ({
    kind: 'llama3',
    factor: reader.positive('factor'),
    lowFrequencyFactor: reader.positive('low_freq_factor'),
    highFrequencyFactor: reader.positive('high_freq_factor'),
    originalTokens: reader.count('original_max_position_embeddings', contextTokens),
  }),
  yarn: (rope, reader, { contextTokens }) => {
    const originalTokens = reader.count('original_max_position_embeddings', contextTokens);
    const factor = reader.positive('factor', contextTokens / originalTokens);
    return {
      kind: 'yarn',
      factor,
      originalTokens,
      betaFast: reader.positive('beta_fast', 32),
      betaSlow: reader.positive('beta_slow', 1),
      truncate: rope.truncate !== false,
      magnitude: reader.positive('attention_factor', magnitudeOf(rope, reader, factor)),
    };
  },
  longrope: (_rope, reader, { contextTokens, headDim, originalTokens: beside }) => {
    const originalTokens = reader.count('original_max_position_embeddings', beside);
    const factor = reader.positive('factor', contextTokens / originalTokens);
    return {
      kind: 'longrope',
      divisors: readDivisors('short_factor', reader, headDim / 2),
      originalTokens,
      magnitude: reader.positive('attention_factor', longropeMagnitude(factor, originalTokens)),
    };
  },
};

function readDivisors(field: string, reader: ConfigReader, count: number): readonly number[] {
  const list = reader.value(field);
  if (!Array.isArray(list) || list.length !== count) {
    const found = Array.isArray(list) ? `has ${list.length} numbers` : `is ${JSON.stringify(list)}`;
    reader.fault(field, `${found}, a list of ${count} is expected`);
    return [];
  }
  const fault = findDivisorFault(list);
  if (fault !== undefined) reader.fault(field, fault);
  return list;
}

/**
 * Rope's scaling by config.json. Throws MODEL_UNSUPPORTED, by name, for other kinds (mrope) and
 * for rope on a part of each head.
 */
export function readRopeScaling(
  json: JsonObject,
  reader: ConfigReader,
  rope: ConfigReader,
  shape: RopeShape,
): RopeScaling {
  checkRopeObject(json, reader);
  const settings = ropeObject(json);
  const partial = settings.partial_rotary_factor ?? json.partial_rotary_factor ?? 1;
  if (partial !== 1) throw reader.unsupported(`partial_rotary_factor ${partial}`, '1');
  const kind = String(settings.rope_type ?? settings.type ?? 'default');
  const readKind = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (readKind === undefined) {
    throw reader.unsupported(`rope scaling ${kind}`, Object.keys(KINDS).join(', '));
  }
  return readKind(settings, rope, shape);
}

function magnitudeOf(rope: JsonObject, reader: ConfigReader, factor: number): number {
  if (!rope.mscale || !rope.mscale_all_dim) return yarnMagnitude(factor);
  const [own, all] = ['mscale', 'mscale_all_dim'].map((field) => reader.positive(field));
  return yarnMagnitude(factor, own) / yarnMagnitude(factor, all);
}
