import { modelDigest } from '@helium/shared';
import { type TokenizerSpec, tokenizerDigest } from '@helium/shared/tokenizer';
import { expect, it } from 'vitest';
import { identityOf } from './core/identity-of.fixture.ts';
import { ModelCatalog } from './model-catalog.ts';
import { byteTokenizerSpec } from './tokenizer-spec.fixture.ts';

/** Tokenizers that differ, each with its digest. */
const SPECS = Array.from({ length: 12 }, (_, i): [string, TokenizerSpec] => {
  const spec = byteTokenizerSpec();
  const other = { ...spec, chatTemplate: `${spec.chatTemplate}{# ${i} #}` };
  return [tokenizerDigest(other), other];
});

/** A worker brings its tokenizer and attaches. */
function serve(catalog: ModelCatalog, model: string, place: number): void {
  const [digest, spec] = SPECS[place] as [string, TokenizerSpec];
  if (!catalog.hasTokenizer(digest)) catalog.addTokenizer(digest, spec);
  const identity = identityOf('w', model, 1);
  const own = modelDigest(String(place).padStart(64, '0'));
  catalog.note({ ...identity, modelDigest: own, tokenizerDigest: digest });
}

function open(catalog: ModelCatalog): number[] {
  return [...SPECS.keys()].filter((place) => catalog.hasTokenizer(SPECS[place]?.[0] ?? ''));
}

it('closes tokenizers of models that another took the name of', () => {
  const catalog = new ModelCatalog();
  serve(catalog, 'shared', 0);
  serve(catalog, 'other', 1);
  serve(catalog, 'kept', 0);
  for (let place = 2; place < SPECS.length; place++) serve(catalog, 'shared', place);
  // Those of models, and the last four of others.
  expect(open(catalog)).toEqual([0, 1, 7, 8, 9, 10, 11]);
  expect(catalog.tokenizerOf('shared')?.tokenizer.digest).toBe(SPECS[11]?.[0]);
});

it('closes tokenizers of workers that never attached, the oldest first', () => {
  const catalog = new ModelCatalog();
  serve(catalog, 'm', 0);
  for (const [digest, spec] of SPECS.slice(1)) catalog.addTokenizer(digest, spec);
  expect(open(catalog)).toEqual([0, 8, 9, 10, 11]);
});
