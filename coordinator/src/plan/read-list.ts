import { HeliumError, jsonOf, parseWrittenJson } from '@helium/shared';
import type { ListFormat } from './operator.ts';
import { loneSurrogate } from './validate-operator.ts';

/** "-", "*", "•", "–", "1.", "2)", "(3)", with white space after it. */
const BULLET = /^(?:[-*•–]|\(?\d{1,4}[.):])\s+/;

/** The same with nothing after it: where an answer was cut, it is the last line. */
const LONE_BULLET = /^(?:[-*•–]|\(?\d{1,4}[.):])$/;

/** Reads a text as a list. Throws LIST_INVALID where it is none: JSON that is no array, an item that is no text. */
export function readList(text: string, format: ListFormat): readonly string[] {
  if (format === 'json') return readJson(text);
  const lines = text
    .split(/\r\n|\n|\r/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (format === 'lines') return lines;
  return lines.filter((line) => !LONE_BULLET.test(line)).map((line) => line.replace(BULLET, ''));
}

function readJson(text: string): readonly string[] {
  try {
    const value = parseWrittenJson(text);
    if (Array.isArray(value)) return value.map(readItem);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    const message = `${start(text)} is not JSON: ${cause.message}`;
    throw new HeliumError('LIST_INVALID', message, { cause });
  }
  throw new HeliumError('LIST_INVALID', `${start(text)} is JSON, but not an array`);
}

/** JSON may escape half a pair of surrogates, which is no text. */
function readItem(item: unknown, index: number): string {
  if (typeof item !== 'string') return jsonOf(item);
  if (item.isWellFormed()) return item;
  throw new HeliumError('LIST_INVALID', `item ${index} of the list: ${loneSurrogate(item)}`);
}

function start(text: string): string {
  return `the text ${JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)}`;
}
