import { createPrng } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { TokenStore } from './token-store.ts';

const PAGE_TOKENS = 2 ** 15;

describe('the token store', () => {
  it('gives runs back as they came, wherever pages end, whatever was released', () => {
    const random = createPrng(3);
    const pick = (count: number) => Math.floor(random() * count);
    const store = new TokenStore();
    const runs: { readonly start: number; readonly tokens: Int32Array }[] = [];
    for (let turn = 0; turn < 300; turn++) {
      if (runs.length > 0 && pick(5) < 2) {
        const [gone] = runs.splice(pick(runs.length), 1);
        store.release(gone!.start, gone!.tokens.length);
      } else {
        const length = 1 + pick(pick(4) === 0 ? 3 * PAGE_TOKENS : 2000);
        const tokens = Int32Array.from({ length }, () => pick(1000) - 500);
        runs.push({ start: store.append(tokens), tokens });
      }
    }
    for (const { start, tokens } of runs) {
      const copy = new Int32Array(tokens.length + 1);
      store.copy(start, tokens.length, copy, 1);
      expect(copy.subarray(1)).toEqual(tokens);
      const last = tokens.length - 1;
      expect(store.at(start + last)).toBe(tokens[last]);
      expect(store.matchLength(start, tokens.length, copy, 1)).toBe(tokens.length);
      copy[tokens.length]! += 1;
      expect(store.matchLength(start, tokens.length, copy, 1)).toBe(last);
    }
    const live = runs.reduce((sum, { tokens }) => sum + tokens.length, 0);
    expect(store.liveTokens).toBe(live);
  });

  it('gives back pages whose runs have all gone', () => {
    const store = new TokenStore();
    const starts = Array.from({ length: 64 }, () => store.append(new Int32Array(PAGE_TOKENS / 2)));
    expect(store.capacityTokens).toBe(32 * PAGE_TOKENS);
    for (const start of starts.slice(0, 61)) store.release(start, PAGE_TOKENS / 2);
    expect(store.capacityTokens).toBe(2 * PAGE_TOKENS);
    expect(store.isWasteful).toBe(false);
  });

  it('counts a page that is given back once, also where a run ends with it', () => {
    const store = new TokenStore();
    store.release(store.append(new Int32Array(PAGE_TOKENS)), PAGE_TOKENS);
    store.append(new Int32Array(1));
    expect(store.capacityTokens).toBe(PAGE_TOKENS);
  });

  it('is wasteful when little is left on each of many pages', () => {
    const store = new TokenStore();
    for (let page = 0; page < 8; page++) {
      store.append(new Int32Array(1));
      store.release(store.append(new Int32Array(PAGE_TOKENS - 1)), PAGE_TOKENS - 1);
    }
    expect(store.capacityTokens).toBe(8 * PAGE_TOKENS);
    expect(store.isWasteful).toBe(true);
  });
});
