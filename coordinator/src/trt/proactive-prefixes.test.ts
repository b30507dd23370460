import { describe, expect, it } from 'vitest';
import { proactivePrefixes } from './proactive-prefixes.ts';
import { promptTemplate, type TemplateItem } from './prompt-template.ts';
import { TemplatedRadixTree } from './templated-radix-tree.ts';

const run = (...ids: number[]) => ({ kind: 'tokens', tokens: Int32Array.from(ids) }) as const;
const output = (call: number) => ({ kind: 'output', call }) as const;

function treeOf(...prompts: (readonly TemplateItem[])[]): TemplatedRadixTree {
  const tree = new TemplatedRadixTree();
  prompts.forEach((items, key) => {
    tree.insert({ key, template: promptTemplate(items) });
  });
  return tree;
}

const found = (tree: TemplatedRadixTree, minTokens: number, minCalls: number) =>
  proactivePrefixes(tree, { minTokens, minCalls }).map(({ tokens, calls }) => ({
    tokens: [...tokens],
    calls,
  }));

describe('proactive prefixes (paper, section 5, proactive cache management)', () => {
  it('are the longest static beginnings that enough calls share', () => {
    const tree = treeOf([run(1, 2, 3, 4)], [run(1, 2, 3, 5)], [run(1, 2, 9)], [run(7)]);
    expect(found(tree, 2, 2)).toEqual([{ tokens: [1, 2, 3], calls: [0, 1] }]);
    expect(found(tree, 2, 3)).toEqual([{ tokens: [1, 2], calls: [0, 1, 2] }]);
  });

  it('end before the first placeholder', () => {
    const tree = treeOf([run(9)], [run(1, 2), output(0), run(3)], [run(1, 2), output(0), run(4)]);
    expect(found(tree, 1, 2)).toEqual([{ tokens: [1, 2], calls: [1, 2] }]);
  });

  it('are left out when they are too short', () => {
    expect(found(treeOf([run(1, 2)], [run(1, 3)]), 2, 2)).toEqual([]);
  });

  it('fall back to the shorter prefix where the longer one has too few calls', () => {
    const tree = treeOf([run(1, 2, 3)], [run(1, 2, 4)], [run(5, 6, 7, 8)], [run(5, 6, 7, 8)]);
    expect(found(tree, 2, 2).map((prefix) => prefix.tokens)).toEqual([
      [5, 6, 7, 8],
      [1, 2],
    ]);
  });
});
