import { type RopeScaling, yarnMagnitude } from '../rope/rope-scaling.ts';
import type { Metadata } from './metadata.ts';
import type { MetadataReader } from './metadata-reader.ts';

/** Keys of YaRN that no file of the families served has; what they mean differs by family. */
const YARN_UNKNOWN = ['yarn_log_multiplier', 'yarn_ext_factor', 'yarn_attn_factor'];

/**
 * Rope's scaling by metadata or by the `divisors` of a tensor, as llama.cpp reads it: a factor without a type
 * is linear, YaRN's betas are 32 and 1. Throws MODEL_UNSUPPORTED, by name, for other kinds.
 */
export function readRopeScaling(
  reader: MetadataReader,
  metadata: Metadata,
  key: (name: string) => string,
  divisors: readonly number[] | undefined,
): RopeScaling {
  const type = reader.text(key('rope.scaling.type'), 'linear');
  const factorKey = ['rope.scaling.factor', 'rope.scale_linear'].map(key).find((name) => {
    const value = metadata.get(name);
    return value !== undefined && value !== 0;
  });
  const factor = factorKey === undefined ? 1 : reader.positive(factorKey);
  const isScaled = type !== 'none' && factor !== 1;
  if (!['none', 'linear', 'yarn'].includes(type)) {
    throw reader.unsupported(key('rope.scaling.type'), type);
  }
  if (divisors !== undefined) {
    if (isScaled)
      throw reader.unsupported('tensor rope_freqs.weight', `there with ${type} scaling`);
    const wrong = divisors.find((divisor) => !Number.isFinite(divisor) || divisor <= 0);
    if (wrong !== undefined) throw reader.invalid('rope_freqs.weight', `divides by ${wrong}`);
    return { kind: 'divisors', divisors };
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
