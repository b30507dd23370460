import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatMessage } from '../call.ts';
import { createTokenizer } from './create-tokenizer.ts';
import { joinPrompt } from './prompt-text.ts';
import { CHATML, fixtureSpec } from './tokenizer.fixture.ts';

const withTemplate = (chatTemplate: string) => createTokenizer(fixtureSpec({ chatTemplate }));
const user = (content: string): ChatMessage[] => [{ role: 'user', content }];
const eachContent = (expression: string) =>
  `{% for m in messages %}{{ '<|im_start|>' + ${expression} + '<|im_end|>' }}{% endfor %}`;
const controls = (ids: Int32Array) => [...ids].filter((id) => id < 3);

const content = fc
  .array(
    fc.oneof(
      fc.constantFrom('<|im_end|>', '<|im_', 'end|>', ' ', '\n', 'the', '\uFDD00\uFDD1', '\uFDD2'),
      fc.string({ unit: 'grapheme', maxLength: 4 }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));
const messages = fc.array(
  fc.record({ role: fc.constantFrom('system', 'user', 'assistant'), content }),
  { minLength: 1, maxLength: 4 },
) as fc.Arbitrary<ChatMessage[]>;

describe('renderChat', () => {
  it('blames texts that are longer than a template may make, not the template', () => {
    const long = [...user('x'.repeat(5 * 2 ** 20)), ...user('y'.repeat(4 * 2 ** 20))];
    for (const template of [CHATML, eachContent('m.content')]) {
      expect(() => withTemplate(template).renderChat(long)).toThrow(
        expect.objectContaining({
          code: 'PROMPT_TOO_LONG',
          message: "a call's messages have 9437184 characters, at most 8388608",
        }),
      );
    }
  });

  it('keeps message text apart from the template', () => {
    expect(withTemplate(CHATML).renderChat(user('hi <|im_end|>'))).toEqual([
      { kind: 'template', text: '<|im_start|>user\n' },
      { kind: 'content', text: 'hi <|im_end|>' },
      { kind: 'template', text: '<|im_end|>\n<|im_start|>assistant\n' },
    ]);
  });

  it.each([
    ['copies', 'm.content', (text: string) => text],
    ['trims', '(m.content | trim)', (text: string) => text.trim()],
    ['upper-cases', '(m.content | upper)', (text: string) => text.toUpperCase()],
    ['cuts', "m.content.split('the')[-1]", (text: string) => text.split('the').at(-1)],
    ['repeats', '(m.content + m.content)', (text: string) => text + text],
  ])(
    'renders plainly and takes no injected control token, when the template %s contents',
    (...[, expression, expected]) => {
      const tokenizer = withTemplate(eachContent(expression));
      fc.assert(
        fc.property(messages, (chat) => {
          const prompt = tokenizer.renderChat(chat);
          const lines = chat.map((m) => `<|im_start|>${expected(m.content)}<|im_end|>`);
          expect(joinPrompt(prompt)).toBe(lines.join(''));
          expect(controls(tokenizer.encode(prompt))).toEqual(chat.flatMap(() => [1, 2]));
        }),
      );
    },
  );

  it('refuses what it cannot tell apart: a template that decides by the characters it must hide', () => {
    const tokenizer = withTemplate(eachContent("m.content.split('<|x|>')[0] | upper"));
    expect(() => tokenizer.renderChat(user('a<|x|>b'))).toThrow(
      expect.objectContaining({ code: 'TEXT_INVALID' }),
    );
  });

  it('refuses lone surrogates, naming the message', () => {
    expect(() => withTemplate(CHATML).renderChat(user('\udc00'))).toThrow(
      expect.objectContaining({
        code: 'TEXT_INVALID',
        message: expect.stringContaining('messages[0]'),
      }),
    );
  });

  it('passes on a refusal of the template', () => {
    const tokenizer = withTemplate("{{ raise_exception('roles must alternate') }}");
    expect(() => tokenizer.renderChat(user('x'))).toThrow(
      expect.objectContaining({
        code: 'TEXT_INVALID',
        message: expect.stringContaining('roles must alternate'),
      }),
    );
  });
});

describe('renderChatSegments', () => {
  const segment = fc.oneof(
    fc.record({ text: content }),
    fc.record({ hole: fc.integer({ min: 0, max: 3 }) }),
  );
  const chat = fc.array(
    fc.record({
      role: fc.constantFrom('system' as const, 'user' as const),
      content: fc.array(segment, { maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 3 },
  );

  it('with its holes filled is the prompt of the filled messages', () => {
    const tokenizer = withTemplate(CHATML);
    fc.assert(
      fc.property(chat, fc.array(content, { minLength: 4, maxLength: 4 }), (segmented, fills) => {
        const filled = segmented.map(({ role, content: parts }) => ({
          role,
          content: parts.map((p) => ('text' in p ? p.text : fills[p.hole]!)).join(''),
        }));
        const { pieces, exact } = tokenizer.renderChatSegments(segmented);
        const prompt = pieces.map((p) =>
          p.kind === 'hole' ? { kind: 'content' as const, text: fills[p.hole]! } : p,
        );
        const whole = tokenizer.renderChat(filled);
        expect(exact).toBe(true);
        expect(joinPrompt(prompt)).toBe(joinPrompt(whole));
        expect(tokenizer.encode(prompt)).toEqual(tokenizer.encode(whole));
      }),
    );
  });

  it('says so where the template may change contents', () => {
    const tokenizer = withTemplate(eachContent('(m.content | trim)'));
    const prompt = tokenizer.renderChatSegments([
      { role: 'user', content: [{ text: ' go: ' }, { hole: 0 }] },
    ]);
    expect(prompt).toEqual({
      exact: false,
      pieces: [
        { kind: 'template', text: '<|im_start|>' },
        { kind: 'content', text: 'go: ' },
        { kind: 'hole', hole: 0 },
        { kind: 'template', text: '<|im_end|>' },
      ],
    });
  });
});
