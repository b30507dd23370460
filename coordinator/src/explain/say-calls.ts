import { countCalls } from '../plan/index.ts';
import type { ExplainedPlan } from './explained-plan.ts';
import { explainSavings } from './savings.ts';
import { counted, grouped, table, wrap } from './text-layout.ts';

/** How many calls the workflow asks for and how many are left. */
export function sayCalls({ submitted, plan, isNaive }: ExplainedPlan): string[] {
  const { operators, rows, name } = submitted;
  const llms = operators.filter(({ kind }) => kind === 'llm').length;
  const { counts } = plan;
  const times = `${counted(llms, 'LLM operator')} × ${counted(rows.length, 'row')}`;
  const cells = [
    [grouped(counts.submitted), `calls asked for: ${times}`],
    [`− ${grouped(counts.pruned)}`, 'pruned: nothing that is asked for needs their answers'],
    [`− ${grouped(counts.merged)}`, 'merged: another call of this run gives the same answer'],
    [`− ${grouped(counts.cached)}`, 'cached: an earlier run has their answers'],
    [`= ${grouped(countCalls(plan))}`, 'calls to run'],
  ];
  const intro =
    `The workflow "${name}" has ${counted(operators.length, 'operator')}, ${grouped(llms)} of which ` +
    `call a model. It is to answer for ${counted(rows.length, 'row')} of input.`;
  const naive =
    'This is the naive run, for comparison: one call at a time in the order of the plan, nothing ' +
    'merged, nothing taken from the prompt cache, nothing reused.';
  return [
    ...wrap(isNaive ? `${intro} ${naive}` : intro),
    ...table(cells, [0]).map((line) => `  ${line}`),
  ];
}

/** Which calls were saved before anything runs, and why. */
export function saySavings({ submitted, plan, lookups }: ExplainedPlan): string[] {
  const { pruned, merged, cached } = explainSavings(submitted, plan);
  const kinds = [
    ['Pruned', pruned, 'Nothing to prune: the outputs need every call.'],
    [
      'Merged',
      merged,
      'Nothing to merge: no two of the calls that are needed ask the same with the same settings.',
    ],
    ['Cached', cached, cacheText(lookups)],
  ] as const;
  return [
    'Calls saved before anything runs, and why:',
    ...kinds.flatMap(([kind, reasons, none]) =>
      reasons.length === 0
        ? wrap(none, '- ', '  ')
        : reasons.flatMap((reason) => wrap(`${kind} ${reason}`, '- ', '  ')),
    ),
  ];
}

function cacheText(lookups: number): string {
  if (lookups === 0) {
    return 'Nothing cached: the prompt cache is not asked (left out, or no call is repeatable).';
  }
  return (
    `Nothing cached: the prompt cache was asked for the answers of ${counted(lookups, 'call')} and has ` +
    'none yet. A run leaves them there for the next one.'
  );
}
