import { jsonOf, parseWholeNumber, parseWrittenJson, partOf } from '@helium/shared';
import { defineFunctions } from './define-functions.ts';
import type { FunctionArguments } from './function-host.ts';

/** What every coordinator has without any module: small texts' work between LLM calls. All pure. */
export const functions = defineFunctions({
  'json.pick': {
    description:
      'The value at `path` (`a.b.0`; empty: all) of the JSON in `text`; no string: as JSON.',
    pure: true,
    run(args) {
      const { text, path } = take(args, ['text', 'path']);
      const value = pick(parseWrittenJson(text), path);
      return typeof value === 'string' ? value : jsonOf(value);
    },
  },
  'text.trim': {
    description: '`text` without white space around it.',
    pure: true,
    run: (args) => take(args, ['text']).text.trim(),
  },
  'text.lines': {
    description: '`count` lines of `text` from line `from` (the first is 1).',
    pure: true,
    run(args) {
      const { text, from, count } = take(args, ['text', 'from', 'count']);
      const start = wholeNumber('from', from, 1) - 1;
      const lines = text.split(/\r\n|\n|\r/);
      return lines.slice(start, start + wholeNumber('count', count, 0)).join('\n');
    },
  },
  'text.words': {
    description: 'The first `count` words of `text`, with the white space between them as it is.',
    pure: true,
    run(args) {
      const { text, count } = take(args, ['text', 'count']);
      const words = [...text.matchAll(/\S+/g)].slice(0, wholeNumber('count', count, 0));
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
    run(args) {
      const { text, pattern, flags } = take({ flags: 'u', ...args }, ['text', 'pattern', 'flags']);
      return String(new RegExp(pattern, flags).test(text));
    },
  },
  'text.between': {
    description:
      'What stands in `text` between the first `start` and the next `end`; else nothing.',
    pure: true,
    run(args) {
      const { text, start, end } = take(args, ['text', 'start', 'end']);
      const at = text.indexOf(start);
      if (at < 0) return '';
      const from = at + start.length;
      const to = text.indexOf(end, from);
      return to < 0 ? '' : text.slice(from, to);
    },
  },
});

/** Exactly the named arguments. */
function take<N extends string>(args: FunctionArguments, names: readonly N[]): Record<N, string> {
  const missing = names.filter((name) => args[name] === undefined);
  const unknown = Object.keys(args).filter((name) => !names.includes(name as N));
  if (missing.length > 0) throw new Error(`lacks argument ${missing.join(', ')}`);
  if (unknown.length > 0) {
    throw new Error(`takes ${names.join(', ')}, not ${unknown.join(', ')}`);
  }
  return args as Record<N, string>;
}

function wholeNumber(name: string, text: string, min: number): number {
  const value = parseWholeNumber(text, min);
  if (value !== undefined) return value;
  throw new Error(`${name} is ${JSON.stringify(text)}, not a whole number from ${min}`);
}

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
