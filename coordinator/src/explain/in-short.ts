import { countCalls } from '../plan/index.ts';
import type { CallNames } from './call-names.ts';
import type { ExplainedPlan, ExplainedPool } from './explained-plan.ts';
import { sayCalls, saySavings } from './say-calls.ts';
import { sayOrder } from './say-order.ts';
import { sayPrompts } from './say-prompts.ts';
import { counted, enumerate, wrap } from './text-layout.ts';

/** What was saved and why, for somebody who knows neither the workflow nor this program. */
export function sayInShort(explained: ExplainedPlan, names: CallNames): string {
  const { pools, isNaive, plan } = explained;
  const chapters = [
    sayCalls(explained),
    ...(isNaive ? [] : [saySavings(explained)]),
    ...pools.flatMap((pool) => [sayPrompts(pool, names), ...(isNaive ? [] : [sayOrder(pool)])]),
    ...(countCalls(plan) === 0 ? [] : [sayUnknown(pools)]),
    GLOSSARY,
  ];
  return `${chapters.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function sayUnknown(pools: readonly ExplainedPool[]): string[] {
  const out = pools.reduce(
    (sum, { instance }) => sum + instance.calls.reduce((total, call) => total + call.out, 0),
    0,
  );
  const guessed = pools.filter(({ decode }) => decode === undefined).map(({ model }) => model);
  const assumed = pools.filter(({ isAssumed }) => isAssumed).map(({ model }) => model);
  const quoted = (models: readonly string[]) => enumerate(models.map((model) => `"${model}"`));
  const sentences = [
    'Unknown until it runs: what the models answer, and so the parts of prompts that hold answers.',
    `ESTIMATED: how long answers are (${counted(out, 'token')} together), by earlier runs where there are ` +
      'any; times, by a model of what a step of the engine takes. Both may be off by much; which calls ' +
      'run and what prompts have in common is exact.',
    guessed.length > 0 &&
      `ESTIMATED too: every count of tokens for ${quoted(guessed)}. No worker has brought its ` +
        'tokenizer, so four characters count as one token.',
    assumed.length > 0 &&
      `ASSUMED: the workers for ${quoted(assumed)}. Nobody serves it now, so two are made up.`,
  ];
  return sentences.flatMap((sentence) => (sentence === false ? [] : wrap(sentence)));
}

const GLOSSARY = [
  'Words:',
  '  operator     a step of the workflow: a column of the input, a text, a function, a call of a model',
  '  call         one prompt to a model: an LLM operator for one row',
  '  token        a piece of a word, the unit in which models read and write',
  '  pruned       left out, because nothing that is asked for depends on it',
  '  merged       answered by another call of this run, which gives the same answer',
  '  prefix       the beginning of a prompt; a worker keeps what it computed for it and reuses it',
  "  placeholder  a place in a prompt for another call's answer: [x] is the answer of x",
];
