import { threadId } from 'node:worker_threads';

// Functions that go wrong in every way, for the tests of the host.
const impure = (run) => ({ description: 'For tests.', pure: false, run });
const pure = (run) => ({ description: 'For tests.', pure: true, run });

export const functions = {
  'test.echo': pure(({ text }) => text),
  'test.later': pure(async ({ text }) => text),
  'test.thread': impure(() => `${threadId}`),
  'test.hang': pure(() => {
    for (;;);
  }),
  'test.never': pure(() => new Promise(() => {})),
  'test.wait': pure(() => new Promise((resolve) => setTimeout(resolve, 200, 'waited'))),
  'test.wait_impure': impure(() => new Promise((resolve) => setTimeout(resolve, 200, 'waited'))),
  'test.throw': pure(() => {
    throw new Error('no good');
  }),
  'test.throw_text': pure(() => Promise.reject('only text')),
  'test.number': pure(() => 3),
  'test.large': pure(({ bytes }) => 'x'.repeat(Number(bytes))),
  'test.half': pure(() => 'a\uD800'),
  'test.exit': pure(() => process.exit(3)),
  'test.crash': impure(() => {
    setTimeout(() => {
      throw new Error('out of the blue');
    });
    return new Promise(() => {});
  }),
  'test.memory': pure(() => {
    const kept = [];
    for (;;) kept.push(Array.from({ length: 1e5 }, (_, i) => ({ i })));
  }),
};
