import { expect, it } from 'vitest';
import { promptTemplate, TemplatedRadixTree } from '../trt/index.ts';
import type { LivePrompt } from './live-prompts.ts';
import { sharedPrefixesOf } from './shared-prefixes.ts';

/** The tenant's number and 16 tokens: how a conversation begins. */
const START = { kind: 'tokens', tokens: Int32Array.from([-1, ...new Array(16).fill(1)]) } as const;

/** A call that begins a conversation, and one that goes on with its answer. */
function conversation() {
  const tree = new TemplatedRadixTree();
  const more = { kind: 'tokens', tokens: Int32Array.from([2, 2, 2, 2]) } as const;
  const output = { kind: 'output', call: 0 } as const;
  tree.insert({ key: 0, template: promptTemplate([START]), after: [] });
  tree.insert({ key: 1, template: promptTemplate([START, output, more]), after: [0] });
  const [first, second] = [0, 1].map((key) => ({ key, exact: true }) as LivePrompt);
  return { tree, first: first as LivePrompt, second: second as LivePrompt };
}

it('names what calls share, and still does for the last of them: it may be resident', () => {
  const { tree, first, second } = conversation();
  const prefixes = sharedPrefixesOf(tree, 4);
  const shared = prefixes.of(first, 'salt');
  expect(shared.map(({ tokens }) => tokens.length)).toEqual([16]);
  expect(prefixes.of(second, 'salt')).toEqual(shared);
  tree.remove(0);
  expect(prefixes.of(second, 'salt')).toEqual(shared);
});

it('names nothing of a prompt that never had company', () => {
  const { tree, second } = conversation();
  tree.remove(0);
  expect(sharedPrefixesOf(tree, 4).of(second, 'salt')).toEqual([]);
});
