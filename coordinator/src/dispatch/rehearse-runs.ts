import { GREEDY, modelDigest, operatorId, runId, tenantId, workerId } from '@helium/shared';
import { createCacheKeys } from '../cache/cache-key.ts';
import { prepareRun, substituteHits } from '../optimizer/index.ts';
import {
  DEFAULT_PLAN_LIMITS,
  type LlmOperator,
  type LogicalPlan,
  type Segment,
  validateWorkflow,
  type Workflow,
} from '../plan/index.ts';
import { GrowingPlan } from './growing-plan.ts';
import { LivePrompts, type PromptMaking } from './live-prompts.ts';
import { type Pool, placesOf, poolProblem } from './make-schedule.ts';
import { callNodes, derivationKeys, promptRunOf } from './plan-run.ts';
import { atOnce } from './portions.ts';

/** Rows of the runs, in turn: code that is not compiled yet takes ten times as long, so the first are small. */
const ROWS = [1, 1, 2, 4, 8, 16, 16];

const MODEL = 'rehearsal';
const TENANT = tenantId('rehearsal');
const POOL: Pool = {
  model: MODEL,
  engine: 'sim',
  workers: [workerId('rehearsal-1'), workerId('rehearsal-2')],
  kvTokens: 32_768,
  maxBatch: 16,
  blockTokens: 16,
};

/**
 * Plans runs that nobody asked for, from their workflow to the problem that is scheduled, and forgets them: what
 * comes before a first run's schedule is compiled as well. Each step takes milliseconds. `making`: of the tokenizer that is
 * likely the first run's.
 */
export async function* rehearsedRuns(making: PromptMaking): AsyncGenerator<void, void> {
  for (const [round, count] of ROWS.entries()) {
    const rows = Array.from({ length: count }, (_, row) => ({
      topic: `Which of ${count + 3} answers to question ${row} holds in case ${round}, and why?`,
    }));
    const offer = { models: [MODEL], functions: new Map() };
    const logical = validateWorkflow(WORKFLOW, rows, offer, DEFAULT_PLAN_LIMITS);
    yield;
    yield* rehearsedRun(logical, making);
  }
}

async function* rehearsedRun(
  logical: LogicalPlan,
  making: PromptMaking,
): AsyncGenerator<void, void> {
  const cacheKeys = createCacheKeys(TENANT);
  const models = new Map([[MODEL, modelDigest('0'.repeat(64))]]);
  const identities = { models, functions: new Map() };
  const options = { naive: false, disabledRules: [], identities, cacheKeys };
  const prepared = prepareRun(logical, options);
  yield;
  const { plan } = substituteHits(prepared, new Map());
  derivationKeys(plan.nodes, cacheKeys);
  const id = runId('rehearsal');
  const promptRun = promptRunOf({ id, tenant: TENANT, logical }, new GrowingPlan(plan));
  const prompts = new LivePrompts({ separateTenants: true });
  yield;
  const calls = callNodes(plan);
  for (const node of calls) {
    await prompts.addCalls(promptRun, [node], making);
    yield;
  }
  const open = calls.map((node) => ({ run: id, node }));
  const problem = poolProblem(prompts, POOL, open, []);
  yield;
  if (problem !== undefined) atOnce(placesOf(problem, () => ''));
  prompts.removeRun(id);
  yield;
}

/** Two read a topic, one what they wrote. */
const WORKFLOW: Workflow = {
  name: 'rehearsal',
  operators: [
    { kind: 'input', id: operatorId('topic'), field: 'topic' },
    llm('one', [text('First: '), ref('topic')]),
    llm('two', [text('Second: '), ref('topic')]),
    llm('both', [text('Of '), ref('one'), text(' and '), ref('two'), text(' keep one.')]),
    { kind: 'output', id: operatorId('out'), name: 'out', value: operatorId('both') },
  ],
};

function llm(id: string, content: readonly Segment[]): LlmOperator {
  const system = text('You answer briefly, and say so where a question has no answer. '.repeat(8));
  return {
    kind: 'llm',
    id: operatorId(id),
    model: MODEL,
    messages: [
      { role: 'system', content: [system] },
      { role: 'user', content },
    ],
    sampling: GREEDY,
    maxTokens: 64,
    stop: [],
  };
}

function text(text: string): Segment {
  return { kind: 'text', text };
}

function ref(operator: string): Segment {
  return { kind: 'ref', operator: operatorId(operator) };
}
