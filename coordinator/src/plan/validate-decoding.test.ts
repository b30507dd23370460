import { describe, expect, it } from 'vitest';
import { DEFAULT_PLAN_LIMITS } from './limits.ts';
import { llm, OFFER, output, refusal, text, validate } from './small-workflows.fixture.ts';
import { validateWorkflow } from './validate.ts';

describe('how a text is generated', () => {
  it('refuses call parameters outside their ranges, with value and range', () => {
    const call = llm('a', [], {
      messages: [],
      maxTokens: 0,
      expectedTokens: 1.5,
      sampling: { temperature: 2.5, topK: -1, topP: Number.NaN, seed: -1n },
      stop: [...new Array<string>(16).fill('x'), ''],
    });
    expect(refusal(() => validate([call, output('a')]))).toEqual([
      'WORKFLOW_INVALID',
      'operators[0].messages: operator "a": has 0 messages, takes 1 to 256 (messagesMax)',
      'operators[0].maxTokens: operator "a": maxTokens is 0, takes whole numbers 1 to 131072',
      'operators[0].expectedTokens: operator "a": expectedTokens is 1.5, takes whole numbers 1 to 131072',
      'operators[0].sampling.temperature: operator "a": temperature is 2.5, takes 0 to 2',
      'operators[0].sampling.topK: operator "a": topK is -1, takes whole numbers 0 to 2147483647',
      'operators[0].sampling.topP: operator "a": topP is NaN, takes 0 to 1',
      'operators[0].sampling.seed: operator "a": seed is -1, takes 0 to 18446744073709551615',
      'operators[0].stop: operator "a": has 17 stop strings, takes up to 16',
      'operators[0].stop[16]: operator "a": stop string has 0 characters, takes 1 to 256',
    ]);
  });

  it('refuses penalties, samples and stop tokens outside their ranges', () => {
    const sampling = { temperature: 0, topK: 0, topP: 1, minP: 2, repetitionPenalty: 0.5 };
    const parts = { samples: 65, logprobs: 21, stopTokens: [-1] };
    expect(
      refusal(() => validate([llm('a', [text('hi')], { sampling, ...parts }), output('a')])),
    ).toEqual([
      'WORKFLOW_INVALID',
      'operators[0].logprobs: operator "a": logprobs is 21, takes whole numbers 0 to 20',
      'operators[0].samples: operator "a": samples is 65, takes whole numbers 1 to 64',
      'operators[0].sampling.minP: operator "a": minP is 2, takes 0 to 1',
      'operators[0].sampling.repetitionPenalty: operator "a": repetitionPenalty is 0.5, takes 1 to 2',
      'operators[0].stopTokens[0]: operator "a": stopTokens[0] is -1, takes whole numbers 0 to 2147483647',
    ]);
  });

  it('refuses an output schema by the keywords that cannot be kept to, and stops beside it', () => {
    const outputSchema = JSON.stringify({ type: 'string', uniqueItems: true });
    expect(
      refusal(() => validate([llm('a', [text('hi')], { outputSchema, stop: ['.'] }), output('a')])),
    ).toEqual([
      'WORKFLOW_INVALID',
      'operators[0].outputSchema: operator "a": output schema: # keyword "uniqueItems" is not supported here',
      'operators[0].outputSchema: operator "a": an output schema and stop strings or tokens, which would cut the text, are both given',
    ]);
  });

  it('takes what is just within its range', () => {
    const call = llm('a', [], {
      maxTokens: 131_072,
      expectedTokens: 131_072,
      samples: 64,
      logprobs: 20,
      sampling: {
        temperature: 2,
        topK: 2 ** 31 - 1,
        topP: 1,
        minP: 1,
        repetitionPenalty: 2,
        presencePenalty: 2,
        frequencyPenalty: 2,
        seed: 2n ** 64n - 1n,
      },
      stop: new Array<string>(16).fill('x'.repeat(256)),
      stopTokens: [2 ** 31 - 1, ...new Array<number>(15).fill(0)],
    });
    expect(validate([call, output('a')]).outputs).toHaveLength(1);
  });

  it("refuses what is wrong with a workflow's defaults once, there, and what calls say themselves by call", () => {
    const sampling = { temperature: 3, topK: 0, topP: 1 };
    const defaults = { model: 'k', maxTokens: 200_000, sampling };
    const operators = [
      llm('a', [text('hi')], defaults),
      llm('b', [text('hi')], { ...defaults, sampling: { ...sampling, temperature: -1 } }),
      output('a'),
    ];
    const workflow = { name: 'w', operators, defaults };
    expect(refusal(() => validateWorkflow(workflow, [{}], OFFER, DEFAULT_PLAN_LIMITS))).toEqual([
      'WORKFLOW_INVALID',
      'defaults.model: defaults: model "k" is not served; served: m',
      'defaults.sampling.temperature: defaults: temperature is 3, takes 0 to 2',
      'defaults.maxTokens: defaults: maxTokens is 200000, takes whole numbers 1 to 131072',
      'operators[1].sampling.temperature: operator "b": temperature is -1, takes 0 to 2',
    ]);
  });
});
