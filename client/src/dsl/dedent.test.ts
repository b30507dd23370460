import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { text } from './text.ts';

const value = { id: 'v', kind: 'input' };
const plain = (template: ReturnType<typeof text>) =>
  template.segments.map((part) => part.text ?? '{v}').join('');

describe('the indentation of a text', () => {
  it('stays where it does not begin with a line break', () => {
    expect(
      plain(text`a
        b`),
    ).toBe('a\n        b');
    expect(plain(text``)).toBe('');
    expect(
      plain(text`
      `),
    ).toBe('');
  });

  it('is judged by the lines of the source: a written line break begins none and is kept', () => {
    expect(plain(text`\nfirst ${value}\n`)).toBe('\nfirst {v}\n');
    expect(
      plain(text`
        Question: ${value}\nAnswer:
          more\x0Aand \u{a}more \u000a
      `),
    ).toBe('Question: {v}\nAnswer:\n  more\nand \nmore \n');
  });

  it('may be of tabs, and counts where a value begins the line, not where the line is blank', () => {
    const source = ['\n\t\t\tA\n\n\t', '\n\t\t\t\t', ' B\n\t\t'];
    const strings = Object.assign([...source], { raw: source }) as never;
    expect(plain(text(strings, value, value))).toBe('\t\tA\n\n{v}\n\t\t\t{v} B');
  });

  it('of any lines is what a naive reading makes of it', () => {
    const line = fc.tuple(
      fc.nat(4),
      fc.constantFrom('', 'x\u{10000}', 'x  y', '{v}', 'x {v}', '{v}{v}'),
    );
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), fc.nat(3), (lines, closing) => {
        const written = lines.map(([indent, content]) => `${' '.repeat(indent)}${content}`);
        const source = `\n${written.join('\n')}\n${' '.repeat(closing)}`.split('{v}');
        const strings = Object.assign([...source], { raw: source }) as never;
        const values = source.slice(1).map(() => value);
        const widths = lines.filter(([, content]) => content !== '').map(([indent]) => indent);
        const width = Math.min(...(widths.length === 0 ? [0] : widths));
        const expected = written.map((l) => l.replace(new RegExp(`^ {0,${width}}`), '')).join('\n');
        expect(plain(text(strings, ...values))).toBe(expected);
      }),
    );
  });
});
