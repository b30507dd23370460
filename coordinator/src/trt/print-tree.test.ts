import { describe, expect, it } from 'vitest';
import { printTree } from './print-tree.ts';
import { promptTemplate } from './prompt-template.ts';
import { TemplatedRadixTree } from './templated-radix-tree.ts';

const WORDS = ['You', 'debate', '.', 'Agent', 'A', 'B', 'Question', 'one', 'two', 'Others', 'said'];

const words = (text: string) =>
  ({
    kind: 'tokens',
    tokens: Int32Array.from(text.split(' '), (word) => WORDS.indexOf(word)),
  }) as const;
const output = (call: number) => ({ kind: 'output', call }) as const;
const decode = (tokens: Int32Array) => Array.from(tokens, (token) => WORDS[token]).join(' ');

/** Two agents debate two questions over two rounds: calls 10·question + 2·round + agent. */
function debateTree(): TemplatedRadixTree {
  const tree = new TemplatedRadixTree();
  ['one', 'two'].forEach((question, q) => {
    ['A', 'B'].forEach((agent, a) => {
      const opening = words(`You debate . Question ${question} Agent ${agent}`);
      const [own, other] = [10 * q + a, 10 * q + 1 - a];
      tree.insert({ key: own, template: promptTemplate([opening]) });
      tree.insert({
        key: own + 2,
        template: promptTemplate([opening, output(own), words('Others said'), output(other)]),
      });
    });
  });
  return tree;
}

const describeCall = (call: number) =>
  `round${(call % 10) >> 1}.agent${call % 2}[question ${Math.floor(call / 10)}]`;

describe('printTree', () => {
  it('shows a debate so that one sees what is shared', async () => {
    const text = printTree(debateTree(), { describeCall, decode });
    await expect(text).toMatchFileSnapshot('testdata/debate.tree.txt');
  });

  it('counts what it leaves out', async () => {
    const text = printTree(debateTree(), { maxBranches: 1 });
    await expect(text).toMatchFileSnapshot('testdata/debate-short.tree.txt');
  });

  it('says so when there is nothing', () => {
    expect(printTree(new TemplatedRadixTree())).toBe(
      'prompts of 0 calls: 0 static tokens, 0 distinct; sharing prefixes saves 0 (0 %)\n',
    );
  });
});
