import { HeliumError } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { listOf } from '../dsl/list.ts';
import { contains, not, says } from '../dsl/predicate.ts';
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

const PLANS = `
name: plans
operators:
  q: { input: q }
  all:
    map:
      list: { text: "{{q}}", as: bullets, max: 4, overflow: truncate }
      as: all.item
      operators: { one: { format: "{{all.item}}?" } }
      result: one
  best:
    loop:
      variables:
        best.draft: { first: "{{all}}", next: "{{kept}}" }
        best.note: { first: none, next: "after {{kept}}" }
      operators:
        kept:
          cond:
            if: { text: "{{best.draft}}", contains: good, ignore_case: true, not: true }
            then:
              operators: { changed: { format: "{{best.draft}} {{best.note}}" } }
              result: changed
            else: { result: best.draft }
      result: kept
      until: { text: "{{kept}}", function: is.done }
      max: 3
      at_max: fail
outputs:
  best: best
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
  it('takes outputs of any name', () => {
    const { outputs, message } = parseWorkflow(
      'operators: { a: { constant: x } }\noutputs: { la réponse: a, b: a }',
      'w.yaml',
    );
    expect(outputs).toEqual(['la réponse', 'b']);
    expect(message.operators?.map(({ id }) => id)).toEqual(['a', 'output-1', 'output.b']);
  });

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
      'w.yaml:2:6 operators.a: needs one of input, constant, llm, format, fn, map, cond, loop; has lm',
      'w.yaml:4:38 operators.b.llm.maxtokens: unknown field; known: model, system, user, messages, temperature, top_k, top_p, min_p, repetition_penalty, presence_penalty, frequency_penalty, seed, max_tokens, stop, stop_tokens, schema, logprobs, samples, expected_tokens',
      'w.yaml:4:18 operators.b.llm.user: "{{}}" is not a reference: an operator\'s id is letters, digits, "_", ".", "-"',
      'w.yaml:1:1: needs at least one output',
    ]);
  });

  it('refuses numbers that the wire would wrap or cut, by value and limit', () => {
    const llm = 'user: x, top_k: -1, max_tokens: 0, samples: 1.5, logprobs: 4294967296, seed: -1';
    expect(faultsOf(`operators: { a: { llm: { ${llm} } } }\noutputs: { o: a }`)).toEqual([
      'w.yaml:1:42 operators.a.llm.top_k: is -1, takes whole numbers 0 to 4294967295',
      expect.stringContaining('llm.seed: is -1, takes whole numbers 0 to 18446744073709551615'),
      'w.yaml:1:58 operators.a.llm.max_tokens: is 0, takes whole numbers 1 to 4294967295',
      'w.yaml:1:85 operators.a.llm.logprobs: is 4294967296, takes whole numbers 0 to 4294967295',
      'w.yaml:1:70 operators.a.llm.samples: is 1.5, takes whole numbers 1 to 4294967295',
    ]);
  });

  it('refuses a 0 that the wire would take for the default', () => {
    const llm = 'user: x, top_p: 0, repetition_penalty: 0.0, min_p: 0, top_k: 0';
    expect(faultsOf(`operators: { a: { llm: { ${llm} } } }\noutputs: { o: a }`)).toEqual([
      'w.yaml:1:42 operators.a.llm.top_p: is 0, takes above 0 to 1',
      'w.yaml:1:65 operators.a.llm.repetition_penalty: is 0, takes 1 to 2',
    ]);
  });

  it('takes all 64 bits of a seed, and numbers in texts as they are written', () => {
    const source = `operators:
  c: { constant: 1.10 }
  a: { llm: { user: x, seed: 18446744073709551615 } }
outputs: { o: a, p: c }`;
    const [constant, call] = parseWorkflow(source, 'w').message.operators ?? [];
    expect(constant?.constant?.text).toBe('1.10');
    expect(call?.llm?.sampling?.seed).toBe('18446744073709551615');
  });

  it('takes aliases of texts and in schemas; those of all else are refused where they stand', () => {
    const source = `operators:
  a: { llm: { system: &brief Be brief., user: &ask "{{q}}", schema: { anyOf: [&s { type: null }, *s] } } }
  b: { llm: { system: *brief, user: *ask, stop: [*brief] } }
  q: { input: q }
outputs: { o: b }`;
    const [a, b] = parseWorkflow(source, 'w').message.operators ?? [];
    expect(b?.llm?.messages).toEqual(a?.llm?.messages);
    expect(b?.llm?.stop).toEqual(['Be brief.']);
    expect(JSON.parse(a?.llm?.outputSchema ?? '').anyOf).toEqual([{ type: null }, { type: null }]);
    expect(
      faultsOf('operators: { a: &x { llm: { user: hi } }, b: *x }\noutputs: { o: a }'),
    ).toEqual([
      'w.yaml:1:46 operators.b: must be a map; is *x, and only texts may be aliases',
      expect.stringContaining('operators.b: needs one of input,'),
    ]);
  });

  it.each([
    ['lists', `name: x\noperators: ${'['.repeat(50_000)}${']'.repeat(50_000)}`, 2],
    ['maps', `{"name":"b","operators":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`, 1],
    ['sequences', `name: x\noperators:\n${'- '.repeat(50_000)}x`, 3],
  ])('says of %s without an end that they are nested too deep, once', (_, source, line) => {
    expect(faultsOf(source)).toEqual([
      expect.stringMatching(`^w.yaml:${line}:\\d+: is nested deeper than can be read$`),
    ]);
  });

  it('refuses a lone surrogate with its place', () => {
    expect(faultsOf('operators: { a: { format: "half \\ud83d" } }\noutputs: { o: a }')).toEqual([
      'w.yaml:1:27 operators.a.format: has a lone surrogate: it is no text',
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

  it.each([
    ['{"name": "x", "operators": {', 1],
    ['name: x\noperators:\n  a: { input: q\n  b:\n', 4],
  ])('says of %j only what is wrong with its form, not what it then lacks', (source, line) => {
    try {
      parseWorkflow(source, 'w.yaml');
      expect.unreachable();
    } catch (error) {
      const { code, faults } = HeliumError.from(error);
      expect(code).toBe('WORKFLOW_INVALID');
      for (const { field, message } of faults) {
        expect(field).toMatch(new RegExp(`^w.yaml:${line}:\\d+$`));
        expect(message).toMatch(/must .*end with a }$/i);
      }
      expect(faults.length).toBeGreaterThan(0);
    }
  });

  it('names the line of malformed YAML', () => {
    expect(faultsOf('operators: [\n')[0]).toMatch(/^w\.yaml:2:1/);
  });

  it('gives the same maps, conds and loops as the DSL', () => {
    const built = workflow({ name: 'plans', inputs: ['q'] }, (w, { q }) => {
      const list = listOf(q, { as: 'bullets', max: 4, overflow: 'truncate' });
      const all = w.map('all', list, (item, inner) => inner.format('one', text`${item}?`));
      const best = w.loop(
        'best',
        { start: { draft: all, note: 'none' }, max: 3, atMax: 'fail' },
        ({ draft, note }, inner) => {
          const kept = inner.cond('kept', not(contains(draft, 'good', { ignoreCase: true })), {
            yes: (branch) => branch.format('changed', text`${draft} ${note}`),
            no: () => draft,
          });
          const next = { draft: kept, note: text`after ${kept}` };
          return { next, result: kept, until: says('is.done', kept) };
        },
      );
      return { best };
    });
    expect(parseWorkflow(PLANS, 'w.yaml')).toEqual(built);
  });

  it('reports the faults of maps, conds and loops', () => {
    const source = `
operators:
  m: { map: { list: { as: words }, as: i, operators: {}, result: r } }
  c: { cond: { if: { text: a, equals: b, contains: c }, then: { result: m } } }
  l: { loop: { variables: { v: { first: a } }, operators: {}, result: m, until: { not: 3 }, max: many } }
outputs: { o: m }
`;
    expect(faultsOf(source)).toEqual([
      'w.yaml:3:21 operators.m.map.list: needs text',
      'w.yaml:3:21 operators.m.map.list: needs max',
      'w.yaml:3:27 operators.m.map.list.as: is one of lines, bullets, json; is "words"',
      'w.yaml:4:14 operators.c.cond: needs else',
      'w.yaml:4:20 operators.c.cond.if: needs one of equals, contains, starts_with, matches, non_empty, function; has equals, contains',
      'w.yaml:5:32 operators.l.loop.variables.v: needs first and next',
      'w.yaml:5:81 operators.l.loop.until: needs text',
      'w.yaml:5:81 operators.l.loop.until: needs one of equals, contains, starts_with, matches, non_empty, function; has none',
      'w.yaml:5:88 operators.l.loop.until.not: must be true or false; is 3',
      'w.yaml:5:98 operators.l.loop.max: must be a number; is "many"',
    ]);
  });

  it('has the defaults that the DSL has; of a sampling a call changes what it writes', () => {
    const source = `
name: w
defaults: { model: small, temperature: 0.7, top_p: 0.9, seed: 3, max_tokens: 60 }
operators:
  q: { input: q }
  a: { llm: { user: "{{q}}" } }
  b: { llm: { user: "{{q}}", temperature: 0, model: large, max_tokens: 9 } }
  c:
    map:
      items: [x]
      as: c.item
      operators: { d: { llm: { user: "{{c.item}}", seed: 4 } } }
      result: d
outputs: { a: a, b: b, c: c }`;
    const sampling = { temperature: 0.7, topP: 0.9, seed: 3 };
    const defaults = { model: 'small', sampling, maxTokens: 60 };
    const built = workflow({ name: 'w', inputs: ['q'], defaults }, (w, { q }) => ({
      a: w.llm('a', { user: q }),
      b: w.llm('b', { user: q, sampling: { temperature: 0 }, model: 'large', maxTokens: 9 }),
      c: w.map('c', ['x'], (item, body) => body.llm('d', { user: item, sampling: { seed: 4 } })),
    }));
    expect(parseWorkflow(source, 'w.yaml')).toEqual(built);
    const { message } = built;
    expect(message.defaults).toMatchObject({ ...defaults, sampling: { ...sampling, seed: '3' } });
    const [, a, b, c] = message.operators ?? [];
    expect(a?.llm).not.toHaveProperty('sampling');
    expect(b?.llm?.sampling).toMatchObject({ temperature: 0, topP: 0.9, seed: '3' });
    expect(c?.map?.body?.[0]?.llm?.sampling).toMatchObject({ temperature: 0.7, seed: '4' });
  });

  it('says of defaults what is wrong with them, once', () => {
    const operators = 'operators: { a: { llm: { user: x, seed: 1 } } }\noutputs: { a: a }';
    const wrong = 'defaults: { top_p: 0, temperature: hot, max_tokens: 0, stop: [x] }';
    expect(faultsOf(`${wrong}\n${operators}`)).toEqual([
      expect.stringMatching(
        /^w.yaml:1:\d+ defaults.stop: unknown field; known: model, temperature,/,
      ),
      'w.yaml:1:36 defaults.temperature: must be a number; is "hot"',
      'w.yaml:1:20 defaults.top_p: is 0, takes above 0 to 1',
      expect.stringMatching(/^w.yaml:1:\d+ defaults.max_tokens: is 0, takes whole numbers 1 to/),
    ]);
  });
});
