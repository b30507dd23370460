import { findDivisorFault, type RopeScaling, yarnMagnitude } from '../rope/rope-scaling.ts';
import type { Metadata } from './metadata.ts';
import type { MetadataReader } from './metadata-reader.ts';

/** Keys of YaRN that no file of the families served has; what they mean differs by family. */
const YARN_UNKNOWN = ['yarn_log_multiplier', 'yarn_ext_factor', 'yarn_attn_factor'];

/** Divides rope's frequencies, one by one: how llama.cpp stores what Llama 3.1 does to them. */
const ROPE_DIVISORS = 'rope_freqs.weight';

/** LongRoPE's divisors, for calls within the first context and for those beyond. */
const LONGROPE_DIVISORS = {
  short: 'rope_factors_short.weight',
  long: 'rope_factors_long.weight',
} as const;

/** Tensors that a file has with a kind of scaling: [headDim / 2] each. */
export const SCALING_TENSORS: Readonly<Partial<Record<RopeScaling['kind'], readonly string[]>>> = {
  divisors: [ROPE_DIVISORS],
  longrope: Object.values(LONGROPE_DIVISORS),
};

/** The values of the file's tensor of that name, undefined where it has none. */
export type ReadDivisors = (name: string) => readonly number[] | undefined;

/**
 * Rope's scaling by metadata or by the divisors of a tensor, as llama.cpp reads it: a factor without a type
 * is linear, YaRN's betas are 32 and 1. Throws MODEL_UNSUPPORTED, by name, for other kinds.
 */
export function readRopeScaling(
  reader: MetadataReader,
  metadata: Metadata,
  key: (name: string) => string,
  readDivisors: ReadDivisors,
): RopeScaling {
  const type = reader.text(key('rope.scaling.type'), 'linear');
  const factorKey = ['rope.scaling.factor', 'rope.scale_linear'].map(key).find((name) => {
    const value = metadata.get(name);
    return value !== undefined && value !== 0;
  });
  const factor = factorKey === undefined ? 1 : reader.positive(factorKey);
  const isScaled = type !== 'none' && factor !== 1;
  if (!['none', 'linear', 'yarn', 'longrope'].includes(type)) {
    throw reader.unsupported(key('rope.scaling.type'), type);
  }
  const divisors = checkedDivisors(ROPE_DIVISORS, reader, readDivisors);
  if (divisors !== undefined) {
    if (isScaled || type === 'longrope') {
      throw reader.unsupported(`tensor ${ROPE_DIVISORS}`, `there with ${type} scaling`);
    }
    return { kind: 'divisors', divisors };
  }
  if (type === 'longrope') {
    const short = checkedDivisors(LONGROPE_DIVISORS.short, reader, readDivisors);
    if (short === undefined) throw reader.invalid(LONGROPE_DIVISORS.short, 'is missing');
    return {
      kind: 'longrope',
      divisors: short,
      originalTokens: reader.count(key('rope.scaling.original_context_length')),
      magnitude: reader.positive(key('rope.scaling.attn_factor'), 1),
    };
  }
  if (!isScaled) return { kind: 'none' };
  if (type === 'linear') return { kind: 'linear', factor };
  const unknown = YARN_UNKNOWN.map((name) => key(`rope.scaling.${name}`)).find((name) =>
    metadata.has(name),
  );
  if (unknown !== undefined) throw reader.unsupported(unknown, String(metadata.get(unknown)));
  return {
    kind: 'yarn',
    factor,
    originalTokens: reader.count(
      key('rope.scaling.original_context_length'),
      reader.count(key('context_length')),
    ),
    betaFast: reader.positive(key('rope.scaling.yarn_beta_fast'), 32),
    betaSlow: reader.positive(key('rope.scaling.yarn_beta_slow'), 1),
    truncate: true,
    magnitude: yarnMagnitude(factor) * reader.positive(key('rope.scaling.attn_factor'), 1),
  };
}

function checkedDivisors(
  name: string,
  reader: MetadataReader,
  read: ReadDivisors,
): readonly number[] | undefined {
  const divisors = read(name);
  const fault = divisors && findDivisorFault(divisors);
  if (fault !== undefined) throw reader.invalid(name, fault);
  return divisors;
}
