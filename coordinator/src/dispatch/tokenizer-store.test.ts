import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@helium/shared/telemetry';
import { type TokenizerSpec, tokenizerDigest } from '@helium/shared/tokenizer';
import { expect, it, onTestFinished } from 'vitest';
import { ModelCatalog } from './model-catalog.ts';
import { byteTokenizerSpec } from './tokenizer-spec.fixture.ts';
import { createTokenizerStore } from './tokenizer-store.ts';

const SPEC = byteTokenizerSpec();
const DIGEST = tokenizerDigest(SPEC);

function newStore() {
  const folder = join(mkdtempSync(join(tmpdir(), 'helium-tokenizers-')), 'tokenizers');
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const warnings: string[] = [];
  const warn = (message: string) => warnings.push(message);
  const store = createTokenizerStore(folder, { ...silentLogger, warn });
  return { folder, store, warnings, file: join(folder, `${DIGEST}.json.gz`) };
}

it('gives back what was kept, also to the next catalog, which then asks no worker', () => {
  const { store } = newStore();
  expect(store.find(DIGEST)).toBeUndefined();
  const first = new ModelCatalog(store);
  expect(first.hasTokenizer(DIGEST)).toBe(false);
  first.addTokenizer(DIGEST, SPEC);
  expect(store.find(DIGEST)).toEqual(SPEC);
  expect(new ModelCatalog(store).hasTokenizer(DIGEST)).toBe(true);
  expect(new ModelCatalog().hasTokenizer(DIGEST)).toBe(false);
});

it('takes a damaged or exchanged file for none and says so', () => {
  const { folder, store, warnings, file } = newStore();
  store.keep(DIGEST, { ...SPEC, addBos: !SPEC.addBos });
  expect(store.find(DIGEST)).toBeUndefined();
  writeFileSync(file, 'no gzip');
  expect(store.find(DIGEST)).toBeUndefined();
  expect(warnings).toHaveLength(2);
  store.keep(DIGEST, SPEC);
  expect(store.find(DIGEST)).toEqual(SPEC);
  expect(readdirSync(folder)).toHaveLength(1);
});

it('keeps those that were used last', () => {
  const { folder, store } = newStore();
  store.keep(DIGEST, SPEC);
  const others = Array.from(
    { length: 16 },
    (_, i): TokenizerSpec => ({ ...SPEC, eosToken: `${i}` }),
  );
  others.forEach((spec, i) => {
    const digest = tokenizerDigest(spec);
    store.keep(digest, spec);
    utimesSync(join(folder, `${digest}.json.gz`), i, i);
    store.find(DIGEST);
  });
  expect(store.latest()).toBe(DIGEST);
  expect(readdirSync(folder)).toHaveLength(16);
  expect(store.find(tokenizerDigest(others[0]!))).toBeUndefined();
  expect(store.find(tokenizerDigest(others[1]!))).toEqual(others[1]);
});

it('goes on where nothing can be written', () => {
  const { folder, store, warnings } = newStore();
  writeFileSync(folder, 'a file');
  store.keep(DIGEST, SPEC);
  expect(warnings).toEqual(['a tokenizer was not kept']);
});
