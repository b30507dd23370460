import { describe, expect, it } from 'vitest';
import type { LogicalPlan } from '../plan/index.ts';
import { explainSteps } from './explain-steps.ts';
import { execute, TEST_KEYS } from './interpreter.cases.ts';
import type { PlanStep } from './optimizer.ts';
import {
  CASE_IDENTITIES,
  constant,
  fn,
  format,
  input,
  llm,
  map,
  output,
  planOf,
} from './plan-builder.cases.ts';
import { type PrepareOptions, prepareRun, substituteHits } from './prepare-run.ts';

const OPTIONS: PrepareOptions = {
  naive: false,
  disabledRules: [],
  identities: CASE_IDENTITIES,
  cacheKeys: TEST_KEYS,
};

/**
 * The whole explanation. `cachedOperators` names those whose results an earlier run left behind.
 */
function explain(
  plan: LogicalPlan,
  options: Partial<PrepareOptions> = {},
  cachedOperators: readonly string[] = [],
): string {
  const steps: PlanStep[] = [];
  const onStep = (step: PlanStep) => steps.push(step);
  const prepared = prepareRun(plan, { ...OPTIONS, ...options, onStep });
  const { cache } = execute(prepared.plan, OPTIONS);
  const hits = new Map<string, string>();
  for (const { node, keys } of prepared.lookups) {
    if (!cachedOperators.includes(prepared.plan.nodes[node]!.operator)) continue;
    for (const key of keys) hits.set(key, cache.get(key)!);
  }
  substituteHits(prepared, hits);
  const sections = explainSteps(plan, steps);
  return sections.map(({ title, text }) => `## ${title}\n${text}`).join('\n');
}

const ROWS = [{ topic: 'tides' }, { topic: 'moths' }, { topic: 'tides' }];

const CHAIN = planOf(
  'chain',
  [
    input('topic'),
    llm('draft', 'You write plainly.', 'Write a paragraph about {topic}.'),
    llm('edit', 'You cut what is not needed.', 'Shorten this:\n{draft}'),
    output('text', 'edit'),
  ],
  ROWS,
);

const MAP_REDUCE = planOf(
  'map-reduce',
  [
    input('question'),
    constant('house', 'Answer in one sentence.'),
    llm('expert-1', 'You are a physicist. {house}', '{question}'),
    llm('expert-2', 'You are a biologist. {house}', '{question}'),
    llm('expert-3', 'You are a physicist. Answer in one sentence.', '{question}'),
    format('answers', '1: {expert-1}\n2: {expert-2}\n3: {expert-3}'),
    llm('summary', '', 'Sum up what the experts say.\n{answers}'),
    output('answer', 'summary'),
  ],
  [{ question: 'Why is the sky blue?' }, { question: 'Why do leaves fall?' }],
);

const DEAD_BRANCHES = planOf(
  'dead-branches',
  [
    input('topic'),
    input('unused'),
    llm('idea', '', 'One idea about {topic}.'),
    llm('aside', '', 'Something about {unused}.'),
    llm('aside-2', '', 'More on {aside}.'),
    output('idea', 'idea'),
  ],
  ROWS.map((row) => ({ ...row, unused: 'x' })),
);

const TRADING = planOf(
  'trading',
  [
    input('ticker'),
    input('date'),
    input('prices'),
    fn('figures', 'indicators', '{prices}'),
    llm('market', 'Today is {date}. You read charts.', '{ticker}: {figures}'),
    llm('macro', 'Today is {date}. You read the economy.', 'What matters this week?'),
    format('reports', 'Market: {market}\nEconomy: {macro}'),
    llm('bull', 'You argue for buying.', '{ticker}\n{reports}'),
    llm('bear', 'You argue for selling.', '{ticker}\n{reports}\nThe other side: {bull}'),
    map(
      'traders',
      ['careful', 'bold'],
      [
        llm('trader', 'You are a {traders-item} trader.', '{reports}\n{bull}\n{bear}'),
        llm('risk', 'You judge risk.', 'A {traders-item} trader says: {trader}'),
      ],
      'risk',
    ),
    llm('decision', 'You decide.', '{ticker}\n{traders}'),
    output('decision', 'decision'),
  ],
  [
    { ticker: 'AAPL', date: '2010-03-01', prices: '1,2,3' },
    { ticker: 'MSFT', date: '2010-03-01', prices: '3,2,1' },
  ],
);

const CHANCE = planOf(
  'chance',
  [
    input('topic'),
    llm('title', '', 'A title for {topic}.'),
    llm('poem', '', 'A poem called {title}.', 0.8),
    fn('roll', 'dice', '{topic}', false),
    llm('critique', '', 'Judge: {poem}'),
    llm('critique-2', '', 'Judge: {poem}'),
    format('page', '{title}\n{poem}\n{critique}\n{critique-2}\n{roll}'),
    output('page', 'page'),
  ],
  ROWS,
);

const CASES: readonly [string, string, () => string][] = [
  ['a chain over rows of which two are equal', 'chain', () => explain(CHAIN)],
  ['duplicate experts written differently', 'map-reduce', () => explain(MAP_REDUCE)],
  ['branches that no output needs', 'dead-branches', () => explain(DEAD_BRANCHES)],
  ['the fan-out of trading', 'trading', () => explain(TRADING)],
  ['a hit at the top, which spares all below', 'hit-top', () => explain(TRADING, {}, ['decision'])],
  ['hits in the middle', 'hit-middle', () => explain(TRADING, {}, ['market', 'bull'])],
  ['calls that are not deterministic', 'chance', () => explain(CHANCE)],
  [
    'rules that are disabled',
    'disabled-rules',
    () => explain(MAP_REDUCE, { disabledRules: ['fold-constant', 'merge-equal-node'] }),
  ],
  ['the naive plan', 'naive', () => explain(CHAIN, { naive: true })],
];

describe('a plan explained', () => {
  it.each(CASES)('shows %s', async (_, name, text) => {
    await expect(text()).toMatchFileSnapshot(`testdata/${name}.plan.txt`);
  });
});
