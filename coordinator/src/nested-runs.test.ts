import { tenantId } from '@helium/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Coordinator } from './coordinator.ts';
import { collect } from './dispatch/collect.fixture.ts';
import { MemoryWorker, memoryAnswer } from './dispatch/memory-worker.fixture.ts';
import type { RunOptions } from './dispatch/run-port.ts';
import { USUAL_OPTIONS } from './dispatch/usual-options.ts';
import { functions } from './functions/builtin.ts';
import { RULES } from './optimizer/index.ts';
import { type NestedCase, nestedCase } from './optimizer/nested-workflow.cases.ts';
import { interpretWorkflow } from './plan/interpret.cases.ts';
import { startCoordinator } from './start-coordinator.fixture.ts';

const tenant = tenantId('t');
const never = new AbortController().signal;

/** By the plain meaning of the operators, as outputs are told. */
function meaningOf({ workflow, rows }: NestedCase): string[] {
  const world = {
    fn: (name: string, args: Readonly<Record<string, string>>) =>
      functions[name as keyof typeof functions].run(args) as string,
    llm: (_: unknown, messages: Parameters<typeof memoryAnswer>[0]) => memoryAnswer(messages),
  };
  return rows.flatMap((row, i) =>
    Object.entries(interpretWorkflow(workflow, row, world)).map(([name, text]) => {
      return `${i} ${name} ${text}`;
    }),
  );
}

async function outputsOf(
  { runs }: Coordinator,
  { workflow, rows }: NestedCase,
  changes: Partial<RunOptions>,
): Promise<string[]> {
  const options = { ...USUAL_OPTIONS, ...changes };
  const { id } = await runs.createRun({ tenant, requestId: '', workflow, rows, options });
  const events = await collect(runs.watchRun(tenant, id, 0, never));
  const end = events.at(-1);
  if (end?.kind !== 'finished' || end.error !== undefined) {
    throw new Error(`the run ended with ${JSON.stringify(end)}`);
  }
  const { submitted, pruned, merged, cached, executed } = end.summary.operators;
  expect(pruned + merged + cached + executed).toBe(submitted);
  return events.flatMap((event) =>
    event.kind === 'output' ? `${event.row} ${event.name} ${event.text}` : [],
  );
}

describe('a coordinator with workers in memory', () => {
  it('gives what nested workflows plainly mean: naively, by any rules, and from its cache', async () => {
    const models = ['m', 'n', 'o', 'm'];
    const coordinator = await startCoordinator(
      ...models.map((model, i) => new MemoryWorker(`w${i}`, { model })),
    );
    const disabledRules = fc.subarray(RULES.map(({ name }) => name));
    await fc.assert(
      fc.asyncProperty(nestedCase, disabledRules, async (nested, disabled) => {
        const expected = meaningOf(nested).toSorted();
        const usual = [{ naive: true }, { disabledRules: disabled }, {}, {}];
        for (const options of [...usual, { usePromptCache: false }]) {
          const outputs = await outputsOf(coordinator, nested, options);
          expect(outputs.toSorted()).toEqual(expected);
        }
      }),
      { numRuns: 40 },
    );
  });
});
