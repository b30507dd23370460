import { HeliumError } from '@helium/shared';
import type { ListFormat } from './operator.ts';

/** "-", "*", "•", "–", "1.", "2)", "(3)", with white space after it. */
const BULLET = /^(?:[-*•–]|\(?\d{1,4}[.):])\s+/;

/** Reads a text as a list. Throws LIST_INVALID where it is none: JSON that is no array. */
export function readList(text: string, format: ListFormat): readonly string[] {
  if (format === 'json') return readJson(text);
  const lines = text
    .split(/\r\n|\n|\r/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (format === 'lines') return lines;
  return lines.map((line) => line.replace(BULLET, '')).filter((line) => !/^[-*•–]?$/.test(line));
}

/** Models like to fence their JSON: ```json … ```. */
function readJson(text: string): readonly string[] {
  const fenced = /```(?:json)?\s*\n([\s\S]*?)\n\s*```/i.exec(text)?.[1];
  let value: unknown;
  try {
    value = JSON.parse(fenced ?? text);
  } catch (cause) {
    throw new HeliumError('LIST_INVALID', `${start(text)} is not JSON`, { cause });
  }
  if (!Array.isArray(value)) {
    throw new HeliumError('LIST_INVALID', `${start(text)} is JSON, but not an array`);
  }
  return value.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
}

function start(text: string): string {
  return `the text ${JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)}`;
}
