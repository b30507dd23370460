import { tenantId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import type { Coordinator } from './coordinator.ts';
import { collect } from './dispatch/collect.fixture.ts';
import { MemoryWorker } from './dispatch/memory-worker.fixture.ts';
import type { ExplainRun, RunOptions } from './dispatch/run-port.ts';
import { USUAL_OPTIONS } from './dispatch/usual-options.ts';
import { COLUMNS } from './explain/text-layout.ts';
import {
  cond,
  each,
  format,
  input,
  llm,
  loop,
  map,
  output,
} from './optimizer/plan-builder.cases.ts';
import type { Operator, Row } from './plan/index.ts';
import { startCoordinator } from './start-coordinator.fixture.ts';

const tenant = tenantId('t');

const start = (...workers: string[]) =>
  startCoordinator(...workers.map((worker) => new MemoryWorker(worker)));

function request(
  name: string,
  operators: readonly Operator[],
  rows: readonly Row[],
  options: Partial<RunOptions> = {},
): ExplainRun {
  return {
    tenant,
    requestId: '',
    full: false,
    workflow: { name, operators },
    rows,
    options: { ...USUAL_OPTIONS, ...options },
  };
}

async function explain(coordinator: Coordinator, wanted: ExplainRun): Promise<string> {
  const { sections } = await coordinator.runs.explainRun(wanted);
  return sections.map(({ title, text }) => `# ${title}\n\n${text}`).join('\n');
}

const HOUSE = 'You work for a small fund. You are brief and use only the figures you are given.';
const STYLES = ['value', 'momentum', 'income', 'growth', 'cautious'];
const RISKS = ['bold', 'careful'];

const TRADERS = STYLES.flatMap((style) => [
  llm(`${style}.trader`, `${HOUSE} You are a ${style} trader.`, '{ticker}. Plan: {manager}'),
  ...RISKS.map((risk) =>
    llm(`${style}.${risk}`, `${HOUSE} You are a ${risk} analyst.`, `{briefing}\n{${style}.trader}`),
  ),
  llm(
    `${style}.judge`,
    `${HOUSE} You judge proposals.`,
    `{${style}.trader}\n{${style}.bold}\n{${style}.careful}`,
  ),
]);

/** Analysts of whom some read the market only, a debate, traders with their risk analysts, a decision. */
const TRADING: readonly Operator[] = [
  input('ticker'),
  input('prices'),
  input('date'),
  llm('stock.trend', `${HOUSE} You read prices.`, 'The trend of {ticker}: {prices}'),
  llm('stock.risk', `${HOUSE} You read prices.`, 'The risk of {ticker}: {prices}'),
  llm('macro.jobs', `${HOUSE} You read the economy.`, 'Jobs on {date}?'),
  llm('macro.rates', `${HOUSE} You read the economy.`, 'Interest rates on {date}?'),
  llm('gossip', '', 'What do people say about {ticker}?'),
  format('briefing', '{ticker}\n{stock.trend}\n{stock.risk}\n{macro.jobs}\n{macro.rates}'),
  llm('bull', `${HOUSE} You argue for buying.`, '{briefing}'),
  llm('bear', `${HOUSE} You argue for selling.`, '{briefing}'),
  llm('manager', `${HOUSE} You make a plan.`, '{ticker}\n{bull}\n{bear}'),
  ...TRADERS,
  llm(
    'decision',
    `${HOUSE} You decide.`,
    `{ticker}\n${STYLES.map((style) => `{${style}.trader}: {${style}.judge}`).join('\n')}`,
  ),
  output('decision', 'decision'),
];
const TICKERS = ['AAPL', 'MSFT', 'AMZN'].map((ticker, i) => ({
  ticker,
  prices: `${100 + i}, ${110 + i}`,
  date: '2010-03-01',
}));

const CHAIN: readonly Operator[] = [
  input('topic'),
  llm('draft', 'You write plainly.', 'Write a paragraph about {topic}.'),
  llm('edit', 'You cut what is not needed.', 'Shorten this:\n{draft}'),
  output('text', 'edit'),
];
const TOPICS = ['tides', 'moths', 'tides', 'rust'].map((topic) => ({ topic }));

const EXPERTS: readonly Operator[] = [
  input('question'),
  llm('first', 'You are a physicist.', '{question}'),
  llm('second', 'You are a physicist.', '{question}'),
  map(
    'views',
    ['a poet', 'a cook', 'a judge'],
    [llm('view', '', '{views-item}: {question}')],
    'view',
  ),
  llm('summary', '', 'Sum up:\n{first}\n{second}\n{views}'),
  output('answer', 'summary'),
];
const QUESTIONS = ['Why is the sky blue?', 'Why do leaves fall?'].map((question) => ({ question }));

/** Questions that a call plans, an answer to each, and a summary that a critic may send back. */
const PLANNED: readonly Operator[] = [
  input('topic'),
  llm('plan', 'You ask questions.', 'What is to be known of {topic}?'),
  each('answers', '{plan}', [llm('answer', 'You answer.', '{answers-item} ({topic})')], 'answer'),
  llm('summary', 'You sum up.', '{topic}: {answers}'),
  loop(
    'best',
    '{summary}',
    [
      llm('critic', 'You judge.', '{topic}: {best-text}'),
      cond(
        'kept',
        '{critic}',
        'good',
        '{best-text}',
        llm('better', 'You improve.', '{best-text}\nA critic says: {critic}'),
      ),
    ],
    'kept',
    ['{critic}', 'good'],
  ),
  output('text', 'best'),
];

describe('a run explained to a newcomer', () => {
  it('says of a large plan what is merged, pruned, shared and in which order', async () => {
    const text = await explain(await start('w1', 'w2'), request('trading', TRADING, TICKERS));
    await expect(text).toMatchFileSnapshot('explain/testdata/trading.txt');
  });

  it('says what is estimated and assumed where no worker is attached', async () => {
    const text = await explain(await start(), request('chain', CHAIN, TOPICS));
    await expect(text).toMatchFileSnapshot('explain/testdata/without-workers.txt');
  });

  it('says what is decided at run time, and what is expected of it', async () => {
    const text = await explain(await start('w1', 'w2'), request('planned', PLANNED, TOPICS));
    await expect(text).toMatchFileSnapshot('explain/testdata/planned.txt');
  });

  it('says of one decision, prompt and call that they are one', async () => {
    const decided = [
      input('topic'),
      llm('draft', '', 'Write about {topic}.'),
      cond('kept', '{draft}', 'good', '{draft}', llm('better', '', 'Improve {draft}.')),
      output('text', 'kept'),
    ];
    const text = await explain(await start('w1'), request('one', decided, TOPICS.slice(0, 1)));
    expect(text.replaceAll('\n', ' ')).toContain(
      'At run time kept makes more calls, when the texts are known that decide which. They are planned ' +
        'by the same rules then, and counted as they come.',
    );
    expect(text).toContain('The 1 prompt for "m" holds 36 tokens of text');
    expect(text).toContain('folded 2 operators; 1 call as before');
  });

  it.each([
    ['full', ['w1']],
    ['full-without-workers', []],
  ])('tells everything where everything is asked for: %s', async (name, workers) => {
    const wanted = { ...request('chain', CHAIN, TOPICS), full: true };
    const text = await explain(await start(...workers), wanted);
    await expect(text).toMatchFileSnapshot(`explain/testdata/${name}.txt`);
  });

  it('says what an earlier run has left in the prompt cache', async () => {
    const coordinator = await start('w1');
    const wanted = request('experts', EXPERTS, QUESTIONS);
    const earlier = { ...wanted, rows: QUESTIONS.slice(0, 1) };
    const { id } = await coordinator.runs.createRun(earlier);
    await collect(coordinator.runs.watchRun(tenant, id, 0, new AbortController().signal));
    const text = await explain(coordinator, wanted);
    await expect(text).toMatchFileSnapshot('explain/testdata/cached.txt');
  });

  it('says that a naive run saves nothing', async () => {
    const naive = request('chain', CHAIN, TOPICS, { naive: true });
    const text = await explain(await start('w1'), naive);
    await expect(text).toMatchFileSnapshot('explain/testdata/naive.txt');
  });

  it('keeps to the columns of a terminal and says the same every time', async () => {
    const coordinator = await start('w1', 'w2');
    const wanted = request('trading', TRADING, TICKERS);
    const text = await explain(coordinator, wanted);
    const wide = text.split('\n').filter((line) => [...line].length > COLUMNS + 2);
    expect(wide).toEqual([]);
    expect(await explain(coordinator, wanted)).toBe(text);
  });
});
