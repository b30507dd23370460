import { modelDigest } from '@helium/shared';
import { type TokenizerSpec, tokenizerDigest } from '@helium/shared/tokenizer';
import { expect, it } from 'vitest';
import { modelVersion } from '../plan/index.ts';
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

it('closes tokenizers of weights of which many others stood under their name since', () => {
  const catalog = new ModelCatalog();
  serve(catalog, 'shared', 0);
  serve(catalog, 'other', 1);
  serve(catalog, 'kept', 0);
  for (let place = 2; place < SPECS.length; place++) serve(catalog, 'shared', place);
  // Those of the last four versions of each name, and the last four of others.
  expect(open(catalog)).toEqual([0, 1, 4, 5, 6, 7, 8, 9, 10, 11]);
  const tokenizerOf = (name: string) => catalog.tokenizerOf(catalog.current(name))?.tokenizer;
  expect(tokenizerOf('shared')?.digest).toBe(SPECS[11]?.[0]);
  expect(tokenizerOf('kept')?.digest).toBe(SPECS[0]?.[0]);
});

it('plans new runs for the weights that most workers have, of equally many for those that came last', () => {
  const ready = new Map<string, number>();
  const catalog = new ModelCatalog(undefined, (version) => ready.get(version) ?? 0);
  const versionOf = (place: number) =>
    modelVersion('m', modelDigest(String(place).padStart(64, '0')));
  expect(catalog.current('m')).toBe('m');
  for (const place of [0, 1, 0]) serve(catalog, 'm', place);
  serve(catalog, 'other', 2);
  expect(catalog.names).toEqual(['m', 'other']);
  expect(catalog.current('m')).toBe(versionOf(0));
  for (const [old, young, current] of [
    [3, 0, 0],
    [2, 1, 0],
    [1, 1, 0],
    [1, 2, 1],
    [0, 1, 1],
    [0, 0, 0],
  ] as const) {
    ready.set(versionOf(0), old).set(versionOf(1), young);
    expect(catalog.current('m')).toBe(versionOf(current));
  }
});

it('closes tokenizers of workers that never attached, the oldest first', () => {
  const catalog = new ModelCatalog();
  serve(catalog, 'm', 0);
  for (const [digest, spec] of SPECS.slice(1)) catalog.addTokenizer(digest, spec);
  expect(open(catalog)).toEqual([0, 8, 9, 10, 11]);
});
