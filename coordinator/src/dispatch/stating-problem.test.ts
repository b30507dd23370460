import { operatorId, runId, systemClock, tenantId, workerId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import type { LlmOperator, PhysicalNode } from '../plan/index.ts';
import type { NodeRef } from './core/core-event.ts';
import { LivePrompts } from './live-prompts.ts';
import { type Pool, type PoolProblem, poolProblem, statingProblem } from './make-schedule.ts';
import { OutputProfiles } from './output-profiles.ts';
import { Pacer } from './pacer.ts';
import { estimatingTokenizer } from './prompt-tokens.ts';

const POOL: Pool = {
  model: 'm',
  engine: 'sim',
  workers: [workerId('w1'), workerId('w2')],
  kvTokens: 4000,
  maxBatch: 4,
  blockTokens: 4,
};

/** Pairs of calls: the second asks with the first one's answer. */
function pairs(count: number, question: (row: number) => string): PhysicalNode[] {
  return Array.from({ length: 2 * count }, (_, node): PhysicalNode => {
    const isSecond = node % 2 === 1;
    const first = operatorId('first');
    const text = { kind: 'text', text: question(node >> 1) } as const;
    const content = isSecond ? [text, { kind: 'ref', operator: first } as const] : [text];
    const operator: LlmOperator = {
      kind: 'llm',
      id: isSecond ? operatorId('second') : first,
      model: 'm',
      messages: [{ role: 'user', content }],
      sampling: { temperature: 1, topK: 0, topP: 1 },
      maxTokens: 10,
      stop: [],
    };
    const bindings = new Map(isSecond ? [[first, node - 1]] : []);
    const inputs = isSecond ? [node - 1] : [];
    return {
      operator: operator.id,
      action: { kind: 'call', operator, bindings },
      inputs,
      rows: [node >> 1],
    };
  });
}

async function add(prompts: LivePrompts, name: string, nodes: readonly PhysicalNode[]) {
  const tokenizer = estimatingTokenizer();
  const making = {
    tokenizerOf: () => tokenizer,
    contextOf: () => undefined,
    profiles: new OutputProfiles(),
    pacer: new Pacer(systemClock),
  };
  const id = runId(name);
  const nodeOf = (node: number) => nodes[node];
  const run = { id, tenant: tenantId('t'), workflow: name, nodeOf, authored: new Map() };
  await prompts.addCalls(run, [...nodes.keys()], making);
  return nodes.map((_, node): NodeRef => ({ run: id, node }));
}

const PAIRS = 250;
const early = () =>
  pairs(PAIRS, (row) => `${'All begin alike, '.repeat(3)}then ${row % 7} and ${row}.`);

/** With an act after each portion; how many there were. */
async function stateInterrupted(
  prompts: LivePrompts,
  open: readonly NodeRef[],
  act: (portion: number) => Promise<void> | void,
): Promise<{ readonly problem: PoolProblem | undefined; readonly portions: number }> {
  const paths = prompts.treeOf('m')?.snapshot();
  const stating = statingProblem(prompts, POOL, paths, open, []);
  for (let portions = 0; ; portions++) {
    const next = stating.next();
    if (next.done) return { problem: next.value, portions };
    await act(portions);
  }
}

describe('a problem that is stated in portions', () => {
  it('is the one at the beginning though runs come and go between two of them', async () => {
    const prompts = new LivePrompts({ separateTenants: true });
    const open = await add(prompts, 'early', early());
    const going = await add(
      prompts,
      'going',
      pairs(40, (row) => `All begin al${row}`),
    );
    const whole = poolProblem(prompts, POOL, open, []);
    const { problem, portions } = await stateInterrupted(prompts, open, async (portion) => {
      // Edges are cut in other places, joined again, and numbers of nodes are given anew.
      if (portion % 2 === 0)
        await add(
          prompts,
          `late ${portion}`,
          pairs(20, (row) => `All ${row}`),
        );
      else for (const call of going.splice(0, 10)) prompts.removeCall(call);
    });
    expect(portions).toBeGreaterThan(10);
    expect(problem?.instance).toEqual(whole?.instance);
  });

  it('lacks calls that ended before they were looked at, and nothing waits for them', async () => {
    const prompts = new LivePrompts({ separateTenants: true });
    const open = await add(prompts, 'early', early());
    const last = open.length - 2;
    const { problem } = await stateInterrupted(prompts, open, (portion) => {
      if (portion === 0) prompts.removeCall({ run: runId('early'), node: last }, 33);
    });
    const nodes = problem?.prompts.map(({ node }) => node);
    expect(nodes).toEqual(open.map(({ node }) => node).filter((node) => node !== last));
    const { deps, prompt } = problem!.instance.calls.at(-1)!;
    expect(deps).toHaveLength(0);
    expect(problem!.instance.segments[prompt.at(-1)!]).toBe(33);
  });
});
