import { RunService, type wire } from '@helium/proto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Workflow } from '../plan/operator.ts';
import { DecodeFaults } from './decode-faults.ts';
import { decodeWorkflow } from './decode-workflow.ts';

/** As the coordinator has it when it comes over the wire. */
function received(workflow: wire.Workflow): Workflow {
  const { requestSerialize, requestDeserialize } = RunService.service.CreateRun;
  const faults = new DecodeFaults();
  const sent = requestDeserialize(requestSerialize({ workflow })) as wire.CreateRunRequest__Output;
  const decoded = decodeWorkflow(sent.workflow, faults);
  faults.throwIfAny('WORKFLOW_INVALID', 'the workflow');
  return decoded;
}

const numbers = { temperature: fc.constantFrom(0, 0.5), topK: fc.constantFrom(0, 5) };
const sampling = fc.record({ ...numbers, seed: fc.constantFrom(1, 2) }, { requiredKeys: [] });
const said = fc.record(
  { model: fc.constantFrom('', 'm', 'n'), sampling, maxTokens: fc.constantFrom(0, 7, 9) },
  { requiredKeys: [] },
);

/** The same without defaults: written into every call that does not say it. */
function writtenOut(llm: wire.LlmOperator, defaults: wire.LlmDefaults): wire.LlmOperator {
  const own = llm.sampling ?? defaults.sampling;
  return {
    model: llm.model || (defaults.model ?? ''),
    maxTokens: llm.maxTokens || (defaults.maxTokens ?? 0),
    ...(own ? { sampling: own } : {}),
  };
}

/** Calls at the top and in the bodies of every kind of operator. */
function workflowOf(calls: readonly wire.LlmOperator[]): wire.Workflow {
  const operators = (kind: string) => calls.map((llm, i) => ({ id: `${kind}${i}`, llm }));
  const body = (kind: string) => ({ operators: operators(kind), result: `${kind}0` });
  const list = { text: [{ text: 'x' }], maxItems: 2 };
  const test = { text: [{ text: 'x' }], equals: 'x' };
  return {
    name: 'w',
    operators: [
      ...operators('top'),
      { id: 'm', map: { items: ['1'], item: 'mi', body: operators('map'), result: 'map0' } },
      { id: 'e', map: { list, item: 'ei', body: operators('each'), result: 'each0' } },
      { id: 'c', cond: { predicate: test, yes: body('yes'), no: body('no') } },
      { id: 'l', loop: { body: operators('loop'), result: 'loop0', until: test, maxTurns: 2 } },
    ],
  };
}

describe("a workflow's defaults", () => {
  it('are those of every call that does not say it, in bodies too', () => {
    const calls = fc.array(said, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(said, calls, (defaults, llms) => {
        const { operators } = received({ ...workflowOf(llms), defaults });
        const expected = workflowOf(llms.map((llm) => writtenOut(llm, defaults)));
        expect(operators).toEqual(received(expected).operators);
      }),
    );
  });

  it('leave a call that has an empty sampling greedy', () => {
    const { operators } = received({
      operators: [{ id: 'a', llm: { sampling: {} } }],
      defaults: { sampling: { temperature: 0.5 } },
    });
    expect(operators).toMatchObject([{ sampling: { temperature: 0 } }]);
  });
});
