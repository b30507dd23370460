import { HeliumError } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { text } from '../dsl/text.ts';
import { sample, workflow } from '../dsl/workflow-builder.ts';
import { parseWorkflow } from './parse-workflow.ts';

const YAML = `
name: reflect
operators:
  question: { input: question }
  draft:
    llm:
      system: You are brief.
      user: "Question: {{question}}"
      max_tokens: 40
  short: { fn: text.words, args: { text: "{{draft}}", count: 12 } }
outputs:
  answer: short
`;

function faultsOf(source: string): string[] {
  try {
    parseWorkflow(source, 'w.yaml');
  } catch (error) {
    return HeliumError.from(error).faults.map((f) => `${f.field}: ${f.message}`);
  }
  return [];
}

describe('parseWorkflow', () => {
  it('gives the same workflow as the DSL', () => {
    const built = workflow({ name: 'reflect', inputs: ['question'] }, (w, { question }) => {
      const draft = w.llm('draft', {
        system: 'You are brief.',
        user: text`Question: ${question}`,
        maxTokens: 40,
      });
      return { answer: w.fn('short', 'text.words', { text: draft, count: '12' }) };
    });
    const parsed = parseWorkflow(YAML, 'w.yaml');
    expect(parsed).toEqual(built);
  });

  it('reads how to sample, stop and what to tell, as the DSL writes it', () => {
    const llm =
      'user: hi, temperature: 0.5, min_p: 0.1, repetition_penalty: 1.2, presence_penalty: 0.3, ' +
      'frequency_penalty: 0.4, seed: 3, stop_tokens: [7, 9], schema: { type: object, properties: ' +
      '{ b: { type: integer }, a: { const: x } } }, logprobs: 2, samples: 2';
    const source = `operators: { a: { llm: { ${llm} } } }\noutputs: { one: "a[1]", all: a }`;
    const built = workflow({ name: 'w', inputs: [] }, (w) => {
      const penalties = { repetitionPenalty: 1.2, presencePenalty: 0.3, frequencyPenalty: 0.4 };
      const a = w.llm('a', {
        user: 'hi',
        sampling: { temperature: 0.5, minP: 0.1, ...penalties, seed: 3 },
        stopTokens: [7, 9],
        schema: { type: 'object', properties: { b: { type: 'integer' }, a: { const: 'x' } } },
        logprobs: 2,
        samples: 2,
      });
      return { one: sample(a, 1), all: a };
    });
    expect(parseWorkflow(source, 'w.yaml')).toEqual(built);
  });

  it('reports every fault with line and column', () => {
    const source = 'operators:\n  a: { lm: {} }\n  b:\n    llm: { user: "{{ }}", maxtokens: 3 }\n';
    expect(faultsOf(source)).toEqual([
      'w.yaml:2:6 operators.a: needs one of input, constant, llm, format, fn, map; has lm',
      'w.yaml:4:38 operators.b.llm.maxtokens: unknown field; known: model, system, user, messages, temperature, top_k, top_p, min_p, repetition_penalty, presence_penalty, frequency_penalty, seed, max_tokens, stop, stop_tokens, schema, logprobs, samples, expected_tokens',
      'w.yaml:4:18 operators.b.llm.user: "{{}}" is not a reference: an operator\'s id is letters, digits, "_", ".", "-"',
      'w.yaml:1:1: needs at least one output',
    ]);
  });

  it('keeps escaped braces and refuses an unclosed reference', () => {
    const ok = parseWorkflow(
      'operators: { a: { format: "\\\\{{x}} {{b}}" } }\noutputs: { o: a }',
      'w',
    );
    expect(ok.message.operators?.[0]?.format?.content).toEqual([{ text: '{{x}} ' }, { ref: 'b' }]);
    expect(faultsOf('operators: { a: { format: "x {{b" } }\noutputs: { o: a }')[0]).toContain(
      'has no "}}"',
    );
  });

  it('names the line of malformed YAML', () => {
    expect(faultsOf('operators: [\n')[0]).toMatch(/^w\.yaml:2:1/);
  });
});
