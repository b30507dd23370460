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
  /** Static tokens that are stored: four bytes each, and not part of the two below. */
  readonly distinct_tokens: number;
  /** Nodes, lists and maps. */
  readonly heap_bytes_per_call: number;
  /** Room of the token store that is not filled yet. */
  readonly spare_bytes_per_call: number;
}

/** `helium bench tree`: memory of the templated radix tree beyond its distinct static tokens. */
export function benchTrees({ instances, json }: TreeBenchFlags): void {
  const rows = readInstances(instances).map(({ instance }) => measureTree(instance));
  const head = ['instance', 'calls', 'distinct tokens', 'bytes a call', 'spare bytes a call'];
  const cells = rows.map((row) => Object.values(row) as (string | number)[]);
  process.stdout.write(json === true ? `${JSON.stringify({ trees: rows })}\n` : table(head, cells));
}

/** Every segment is given tokens of its own, so that prompts share what the problem says they do. */
function measureTree(instance: Instance): TreeMemory {
  const starts: number[] = [];
  let tokens = 0;
  for (const length of instance.segments) {
    starts.push(tokens);
    tokens += length;
  }
  const collect = exposeGarbageCollection();
  collect();
  const before = process.memoryUsage();
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
  collect();
  const after = process.memoryUsage();
  const calls = tree.callCount;
  const spare = 4 * (tree.capacityTokens - tree.distinctTokens);
  return {
    instance: instance.name,
    calls,
    distinct_tokens: tree.distinctTokens,
    heap_bytes_per_call: Math.round((after.heapUsed - before.heapUsed) / calls),
    spare_bytes_per_call: Math.round(spare / calls),
  };
}

function exposeGarbageCollection(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
