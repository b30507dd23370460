import { describe, expect, it } from 'vitest';
import { listOf } from './list.ts';
import { contains, equals, not } from './predicate.ts';
import { text } from './text.ts';
import { type WorkflowBuilder, workflow } from './workflow-builder.ts';

type Loose = { readonly [Method in keyof WorkflowBuilder]: (...args: never[]) => never };

/** What a file that nobody checked the types of builds. */
function built(build: (w: Loose, q: never) => unknown): () => unknown {
  return () =>
    workflow({ name: 'w', inputs: ['q'] }, (w, { q }) => build(w as never, q as never) as never);
}

const done = contains('x', 'x');
/** A loop with one variable. */
const loop = (options: object, turn: object) =>
  built((w) =>
    w.loop(...(['l', { start: { t: 'a' }, max: 2, ...options }, () => turn] as never[])),
  );
const turn = { next: { t: 'b' }, result: { id: 'l.t', kind: 'variable' }, until: done };
const llm = (options: object) =>
  built((w) => w.llm(...(['a', { user: 'x', ...options }] as never[])));
const map = (...args: unknown[]) => built((w) => w.map(...(['m', ...args] as never[])));
const body = (item: unknown) => item;

describe('a workflow whose types nobody checked', () => {
  it.each([
    [llm({ maxtokens: 3, n: 1 }), /^operator "a": unknown option "maxtokens", "n"; known: system,/],
    [llm({ sampling: { temprature: 1 } }), 'operator "a": sampling: unknown option "temprature"'],
    [llm({ stop: 'END' }), 'operator "a": stop is "END", takes a list'],
    [llm({ stop: [3] }), 'operator "a": stop[0] is 3, takes a text'],
    [llm({ user: 7 }), 'the value in operator "a" is 7: neither a text'],
    [
      llm({ messages: [{ role: 'bot', content: 'x' }] }),
      'operator "a": role is "bot", takes system, user, assistant',
    ],
    [
      map(listOf('x', { as: 'bulletz', max: 3 } as never), body),
      'map "m": listOf: as is "bulletz", takes lines, bullets, json',
    ],
    [
      map(listOf('x', { max: 3, overflow: 'cut' } as never), body),
      'map "m": listOf: overflow is "cut", takes fail, truncate',
    ],
    [
      map(listOf('x', { maximum: 3 } as never), body),
      'map "m": listOf: unknown option "maximum"; known: as, max, overflow',
    ],
    [
      map(listOf('x', {} as never), body),
      'map "m": listOf: max is undefined, takes whole numbers 1',
    ],
    [map('abc', body), 'map "m": items is "abc", takes a list'],
    [map([1], body), 'map "m": items[0] is 1, takes a text'],
    [map(['x'], body, { seperator: '' }), 'map "m": unknown option "seperator"; known: separator'],
    [map(['x'], () => {}), 'map "m": the body\'s result is undefined, takes the handle of an oper'],
    [map(['x']), 'map "m": its body is undefined, takes a function'],
    [loop({ atMax: 'stop' }, turn), 'loop "l": atMax is "stop", takes last, fail'],
    [loop({ turns: 2 }, turn), 'loop "l": unknown option "turns"; known: start, max, atMax'],
    [loop({}, { ...turn, next: { tt: 'b' } }), 'loop "l": next: unknown option "tt"; known: t'],
    [
      loop({}, { ...turn, next: {} }),
      'the value of variable "t" after a turn of loop "l" is undefined: neither',
    ],
    [loop({}, { ...turn, result: 'x' }), 'loop "l": result is "x", takes the handle'],
    [loop({}, { ...turn, until: true }), 'loop "l": its predicate is true, takes one of contains'],
    [
      built((w, q) => w.cond(...(['c', done, { yes: () => q }] as never[]))),
      'cond "c": no is undefined, takes a function',
    ],
    [
      built((w, q) => w.cond(...(['c', 'x', { yes: () => q, no: () => q }] as never[]))),
      'cond "c": its predicate is "x", takes one of contains',
    ],
    [
      built((w) => w.fn(...(['f', 'text.words', { count: 3 }] as never[]))),
      'the value of argument "count" of operator "f" is 3: neither a text',
    ],
    [
      built((w) => w.fn(...(['f', 'text.words', {}, { Pure: false }] as never[]))),
      'operator "f": unknown option "Pure"; known: pure',
    ],
    [() => contains('x', /y/ as never), 'the value of contains is {}, takes a text'],
    [
      () => not(equals('x', 'y', { ignorecase: true } as never)),
      'equals: unknown option "ignorecase"; known: ignoreCase',
    ],
    [
      built((_, q) => ({ a: text`so: ${q}` })),
      'workflow "w": output "a" is {"segments":[{"text":"so: "},{"ref":"q"}]}, takes the handle of an operator; `format` makes one of a text',
    ],
    [built((_, q) => q), 'workflow "w": output "id" is "q", takes the handle'],
    [built(() => {}), 'workflow "w": its function returned undefined, not the outputs by name'],
    [built(async () => ({})), 'workflow "w": its function returned a promise, not the outputs'],
    [
      () => workflow({ name: 'w', input: ['q'] } as never, () => ({})),
      'workflow "w": unknown option "input"; known: name, inputs, defaults',
    ],
    [
      () => workflow({ name: 'w', inputs: [], defaults: { maxtokens: 3 } } as never, () => ({})),
      'workflow "w": defaults: unknown option "maxtokens"; known: model, sampling, maxTokens',
    ],
    [
      () => workflow({ name: 'w', inputs: [], defaults: { model: 3 } } as never, () => ({})),
      'workflow "w": defaults: model is 3, takes a text',
    ],
    [
      () => workflow({ name: 'w', inputs: [], defaults: { maxTokens: 0 } }, () => ({})),
      'workflow "w": defaults: maxTokens is 0, takes whole numbers 1',
    ],
    [
      () => workflow({ name: 'w', inputs: [], defaults: { sampling: { topP: 0 } } }, () => ({})),
      'workflow "w": defaults: topP is 0, takes above 0 to 1',
    ],
    [
      () => workflow({ name: 'w', inputs: 'q' } as never, () => ({})),
      'workflow "w": inputs is "q", takes a list',
    ],
  ])('is refused by what is wrong with it, %#', (build, message) => {
    expect(build).toThrow(message);
    expect(build).toThrow(expect.objectContaining({ code: 'WORKFLOW_INVALID' }));
  });
});
