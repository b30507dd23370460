import { countCalls } from '../plan/index.ts';
import { FORESEEN_MARK } from './call-names.ts';
import type { ExplainedPlan } from './explained-plan.ts';
import { namePattern } from './name-pattern.ts';
import { explainSavings } from './savings.ts';
import { counted, grouped, table, wrap } from './text-layout.ts';

/** How many calls the workflow asks for and how many are left. */
export function sayCalls(explained: ExplainedPlan): string[] {
  const { submitted, plan, isNaive } = explained;
  const { operators, rows, name } = submitted;
  const llms = operators.filter(({ kind }) => kind === 'llm').length;
  const { counts } = plan;
  // Those that a rule moved into a branch are asked for when it is taken.
  const asked = counts.submitted / rows.length;
  const times = `${counted(asked, 'LLM operator')} × ${counted(rows.length, 'row')}`;
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
    ...sayRuntime(explained),
  ];
}

/** What is decided while the run runs, and what is expected of it. */
function sayRuntime({ plan, named, isNaive }: ExplainedPlan): string[] {
  const waiting = plan.nodes.filter(({ action }) => action.kind === 'expand');
  if (waiting.length === 0) return [];
  const names = namePattern(waiting.map(({ operator }) => operator));
  const decided =
    `At run time ${names} ${waiting.length === 1 ? 'makes' : 'make'} more calls, when the texts are known ` +
    'that decide which. They are planned by the same rules then, and counted as they come.';
  const foreseen = countCalls(named) - countCalls(plan);
  const expected =
    `${counted(foreseen, 'call')} of them ${foreseen === 1 ? 'is' : 'are'} EXPECTED, by earlier runs or ` +
    `by half of what is allowed, and marked ${FORESEEN_MARK} below: the schedule leaves room for them.`;
  return wrap(isNaive ? decided : `${decided} ${expected}`);
}

/** Which calls were saved before anything runs, and why. */
export function saySavings(explained: ExplainedPlan): string[] {
  const { submitted, plan, steps, lookups } = explained;
  const { pruned, merged, cached } = explainSavings(submitted, plan, steps);
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
    ...slowCache(explained),
  ];
}

/** A run asks for whole plans at once, and again for each prompt that becomes known. */
function slowCache({ lookups, slowCacheMs }: ExplainedPlan): string[] {
  if (lookups === 0 || slowCacheMs === undefined) return [];
  const took = `The prompt cache is slow: it takes ${Math.round(slowCacheMs)} ms to answer.`;
  return wrap(`${took} Each call waits so long when its prompt becomes known.`, '- ', '  ');
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
