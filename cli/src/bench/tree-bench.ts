import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Instance } from '@helium/coordinator/scheduler';
import { promptTemplate, TemplatedRadixTree } from '@helium/coordinator/trt';
import { table } from '../output/table.ts';
import { readInstances } from './instance-files.ts';

export interface TreeBenchFlags {
  readonly instances: string;
  readonly json?: boolean;
}

/** What the radix tree of one problem's prompts takes. */
export interface TreeMemory {
  readonly instance: string;
  readonly calls: number;
  /** Static tokens that are stored: four bytes each, not part of the rest. */
  readonly distinct_tokens: number;
  /** All memory beside those: nodes, calls, indexes, and room that is not filled yet. */
  readonly bytes_per_call: number;
}

/** `helium bench tree`: memory of the templated radix tree beyond its distinct static tokens. */
export function benchTrees({ instances, json }: TreeBenchFlags): void {
  const rows = readInstances(instances).map(({ instance }) => measureTree(instance));
  const head = ['instance', 'calls', 'distinct tokens', 'bytes a call'];
  const cells = rows.map((row) => Object.values(row) as (string | number)[]);
  process.stdout.write(json === true ? `${JSON.stringify({ trees: rows })}\n` : table(head, cells));
}

/** Times that a tree is made: the heap also moves by what others leave, and the median says the tree's part. */
const ROUNDS = 3;

function measureTree(instance: Instance): TreeMemory {
  const rounds = Array.from({ length: ROUNDS }, () => measureOnce(instance));
  rounds.sort((a, b) => a.bytes_per_call - b.bytes_per_call);
  return rounds[Math.floor(ROUNDS / 2)]!;
}

/** Every segment is given tokens of its own, so that prompts share what the problem says they do. */
function measureOnce(instance: Instance): TreeMemory {
  const starts: number[] = [];
  let tokens = 0;
  for (const length of instance.segments) {
    starts.push(tokens);
    tokens += length;
  }
  const before = bytesInUse();
  const tree = new TemplatedRadixTree();
  instance.calls.forEach(({ prompt, deps }, key) => {
    const items = Array.from(prompt, (item) => {
      if (item < 0) return { kind: 'output', call: ~item } as const;
      const run = Int32Array.from(
        { length: instance.segments[item]! },
        (_, i) => starts[item]! + i,
      );
      return { kind: 'tokens', tokens: run } as const;
    });
    tree.insert({ key, template: promptTemplate(items), after: [...deps] });
  });
  const bytes = bytesInUse() - before - 4 * tree.distinctTokens;
  return {
    instance: instance.name,
    calls: tree.callCount,
    distinct_tokens: tree.distinctTokens,
    bytes_per_call: Math.round(bytes / tree.callCount),
  };
}

/** Of objects and typed arrays that something refers to. */
function bytesInUse(): number {
  const collect = exposeGarbageCollection();
  // What the first collection finds unused may hold buffers that the second then finds.
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function exposeGarbageCollection(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
