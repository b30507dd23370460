import { explainSteps } from '../optimizer/index.ts';
import type { NodePlan } from '../plan/index.ts';
import { printSchedule } from '../scheduler/index.ts';
import { printTree } from '../trt/index.ts';
import { CallNames, nameOf } from './call-names.ts';
import type { ExplainedPlan, ExplainedPool, Section } from './explained-plan.ts';
import { sayInShort } from './in-short.ts';

/** Everything, nothing put together or left out: the whole plan after each rule, every edge, every call. */
export function explainFully(explained: ExplainedPlan): readonly Section[] {
  const { submitted, named, steps, pools } = explained;
  const names = new CallNames(named, submitted);
  return [
    { title: 'In short', text: sayInShort(explained, names) },
    ...explainSteps(submitted, steps).map(({ title, text }) => ({ title, text })),
    ...pools.flatMap((pool) => [treeSection(pool, named), scheduleSection(pool, named)]),
  ];
}

function treeSection({ model, tree, decode, nodeOfKey }: ExplainedPool, plan: NodePlan): Section {
  const text = printTree(tree, {
    describeCall: (key) => nodeName(plan, nodeOfKey.get(key)) ?? 'a function',
    ...(decode === undefined ? {} : { decode }),
  });
  const note =
    decode === undefined
      ? `No worker has brought the tokenizer of "${model}": tokens are ESTIMATED, four characters each.\n`
      : '';
  return { title: `the radix tree of "${model}"`, text: note + text };
}

function scheduleSection(pool: ExplainedPool, plan: NodePlan): Section {
  const { model, workers, kvTokens, isAssumed, instance, nodeOfCall, planned } = pool;
  const text = printSchedule(instance, planned.schedule, {
    describeCall: (call) => nodeName(plan, nodeOfCall[call]) ?? `call ${call}`,
    describeWorker: (worker) => workers[worker] ?? `worker ${worker}`,
  });
  const note = isAssumed
    ? `No worker serves "${model}": ${workers.length} are ASSUMED, with room for ` +
      `${kvTokens.toLocaleString('en-US')} tokens each.\n`
    : '';
  return { title: `the schedule of "${model}" (${planned.report.policy})`, text: note + text };
}

function nodeName(plan: NodePlan, node: number | undefined): string | undefined {
  const found = node === undefined ? undefined : plan.nodes[node];
  if (found === undefined) return undefined;
  const [first = '?', ...more] = found.rows;
  return `${nameOf(found)} row ${first}${more.length === 0 ? '' : ` +${more.length}`}`;
}
