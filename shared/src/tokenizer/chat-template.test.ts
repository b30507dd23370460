import { describe, expect, it } from 'vitest';
import { compileChatTemplate } from './chat-template.ts';
import { CHATML } from './tokenizer.fixture.ts';

const compile = (source: string) => compileChatTemplate(source, { eos_token: '</s>' });
const invalid = (text: string) =>
  expect.objectContaining({ code: 'MODEL_INVALID', message: expect.stringContaining(text) });

describe('compileChatTemplate', () => {
  it('renders with the generation prompt and the special tokens', () => {
    const messages = [{ role: 'user', content: 'hi' }];
    expect(compile('{{ messages[0].content + eos_token }}').render(messages)).toBe('hi</s>');
    expect(compile(CHATML).render(messages)).toBe(
      '<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n',
    );
  });

  it('gives templates no clock', () => {
    const source = "{{ 'now' if strftime_now is defined else 'never' }}";
    expect(compile(source).render([])).toBe('never');
  });

  it.each([
    [
      'loops without end',
      '{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}',
      'steps',
    ],
    ['makes huge ranges', '{% for a in range(10000000) %}{% endfor %}', 'range'],
    [
      'loops over a list it made before',
      '{% set l = range(99999) %}{% for a in l %}{% for b in l %}{% endfor %}{% endfor %}',
      'steps',
    ],
    [
      'makes huge lists',
      '{% set ns = namespace(l=[1]) %}{% for a in range(60) %}{% set ns.l = ns.l + ns.l %}{% endfor %}',
      'steps',
    ],
    [
      'makes huge texts',
      `{% set ns = namespace(t='x') %}{% for a in range(60) %}{% set ns.t = ns.t + ns.t %}{% endfor %}`,
      'characters',
    ],
  ])('stops a template that %s', (_, source, what) => {
    expect(() => compile(source).render([])).toThrow(invalid(`more than`));
    expect(() => compile(source).render([])).toThrow(invalid(what));
  });

  it('refuses bad syntax and unknown filters', () => {
    expect(() => compile('{% for %}')).toThrow(invalid('chat template'));
    expect(() => compile("{{ 'x' | nonsense }}").render([])).toThrow(invalid('nonsense'));
  });
});

describe('isVerbatim', () => {
  const loop = (body: string) => `{% for message in messages %}${body}{% endfor %}`;

  it.each([
    CHATML,
    loop("{{ message.role ~ message.content }}{{ '\\n' if loop.last else '' }}"),
    "{% if messages | length > 1 %}a{% endif %}{{ messages[0]['content'] }}",
    loop("{% set name = message.role %}{{ name }}{{ message['content'] }}"),
  ])('holds for %s', (source) => {
    expect(compile(source).isVerbatim).toBe(true);
  });

  it.each([
    loop('{{ message.content | trim }}'),
    loop('{{ message.content[1:] }}'),
    loop("{% if 'x' in message.content %}y{% endif %}"),
    loop('{% set c = message.content %}{{ c }}'),
    loop('{{ message | tojson }}'),
    '{% for m in messages[1:] %}{{ m.content }}{% endfor %}',
    '{% for message in messages if message.content %}{{ message.role }}{% endfor %}',
    '{{ messages | map(attribute="content") | join }}',
    loop('{{ loop.previtem.content if loop.previtem else "" }}'),
    loop('{% filter upper %}{{ message.content }}{% endfilter %}'),
    '{% macro f(m) %}{{ m.content | upper }}{% endmacro %}{{ f(messages[0]) }}',
  ])('does not hold for %s', (source) => {
    expect(compile(source).isVerbatim).toBe(false);
  });
});
