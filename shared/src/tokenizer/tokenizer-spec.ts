import { type Fault, HeliumError } from '../errors/helium-error.ts';
import { isJsonObject } from '../json-object.ts';
import { isTokenId } from './json-shape.ts';
import type { TokenizerSpec } from './tokenizer.ts';

const FIELDS: { readonly [K in keyof TokenizerSpec]: [(value: unknown) => boolean, string] } = {
  tokenizerJson: [isJsonObject, 'an object'],
  tokenizerConfig: [isJsonObject, 'an object'],
  chatTemplate: [(value) => typeof value === 'string', 'text'],
  endTokenIds: [(value) => Array.isArray(value) && value.every(isTokenId), 'a list of token ids'],
  bosToken: [(value) => typeof value === 'string', 'text'],
  eosToken: [(value) => typeof value === 'string', 'text'],
  addBos: [(value) => typeof value === 'boolean', 'true or false'],
};

/** Checks that a value is a spec: exactly its fields. Throws MODEL_INVALID listing all faults. */
export function parseTokenizerSpec(value: unknown): TokenizerSpec {
  const record = isJsonObject(value) ? value : {};
  const faults: Fault[] = [];
  for (const [field, [isValid, expected]] of Object.entries(FIELDS)) {
    if (!isValid(record[field])) faults.push({ field, message: `must be ${expected}` });
  }
  for (const field of Object.keys(record)) {
    if (!Object.hasOwn(FIELDS, field)) faults.push({ field, message: 'is unknown' });
  }
  if (faults.length === 0) return record as unknown as TokenizerSpec;
  throw new HeliumError('MODEL_INVALID', 'tokenizer spec is malformed', { faults });
}
