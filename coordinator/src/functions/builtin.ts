import { jsonOf, parseWrittenJson, partOf } from '@helium/shared';
import { defineFunctions } from './define-functions.ts';

/** What every coordinator has without any module: small texts' work between LLM calls. All pure. */
export const functions = defineFunctions({
  'json.pick': {
    description:
      'The value at `path` (`a.b.0`; empty: all) of the JSON in `text`; no string: as JSON.',
    pure: true,
    args: { text: {}, path: {} },
    run({ text = '', path = '' }) {
      const value = pick(parseWrittenJson(text), path);
      return typeof value === 'string' ? value : jsonOf(value);
    },
  },
  'text.trim': {
    description: '`text` without white space around it.',
    pure: true,
    args: { text: {} },
    run: ({ text = '' }) => text.trim(),
  },
  'text.lines': {
    description: '`count` lines of `text` from line `from` (the first is 1).',
    pure: true,
    args: { text: {}, from: { wholeFrom: 1 }, count: { wholeFrom: 0 } },
    run({ text = '', from, count }) {
      const start = Number(from) - 1;
      const lines = text.split(/\r\n|\n|\r/);
      return lines.slice(start, start + Number(count)).join('\n');
    },
  },
  'text.words': {
    description: 'The first `count` words of `text`, with the white space between them as it is.',
    pure: true,
    args: { text: {}, count: { wholeFrom: 0 } },
    run({ text = '', count }) {
      const words = [...text.matchAll(/\S+/g)].slice(0, Number(count));
      const [first, last] = [words.at(0), words.at(-1)];
      if (first === undefined || last === undefined) return '';
      return text.slice(first.index, last.index + last[0].length);
    },
  },
  'text.join': {
    description:
      'All other arguments as written, whole numbers as names first, with `separator` between.',
    pure: true,
    run({ separator = '', ...parts }) {
      return Object.values(parts).join(separator);
    },
  },
  'text.matches': {
    description: '"true" where the regular expression `pattern` is found in `text`, else "false".',
    pure: true,
    args: { text: {}, pattern: { patternWith: 'flags' }, flags: { optional: true } },
    run({ text = '', pattern = '', flags = 'u' }) {
      return String(new RegExp(pattern, flags).test(text));
    },
  },
  'text.between': {
    description:
      'What stands in `text` between the first `start` and the next `end`; else nothing.',
    pure: true,
    args: { text: {}, start: {}, end: {} },
    run({ text = '', start = '', end = '' }) {
      const at = text.indexOf(start);
      if (at < 0) return '';
      const from = at + start.length;
      const to = text.indexOf(end, from);
      return to < 0 ? '' : text.slice(from, to);
    },
  },
});

function pick(value: unknown, path: string): unknown {
  let current = value;
  for (const step of path === '' ? [] : path.split('.')) {
    current = partOf(current, step);
    if (current === undefined) {
      throw new Error(`there is nothing at ${JSON.stringify(step)} of path ${path}`);
    }
  }
  return current;
}
