import { HeliumError } from '@helium/shared';
import type { Handle } from './text.ts';

type Code = 'WORKFLOW_INVALID' | 'OPTIONS_INVALID';

/** The keys of an options type, each once: complete, since the compiler wants every one. */
export type Keys<Options> = Readonly<Record<keyof Options, true>>;

/**
 * Workflow files run without a check of their types, so that an option that is misspelt would be left out in
 * silence. Throws WORKFLOW_INVALID, or `code`, naming the options that there are.
 */
export function requireKnown<Options extends object>(
  where: string,
  options: Options,
  known: Readonly<Record<keyof Options, unknown>>,
  code: Code = 'WORKFLOW_INVALID',
): void {
  const unknown = Object.keys(options).filter((name) => !Object.hasOwn(known, name));
  if (unknown.length === 0) return;
  const names = unknown.map((name) => JSON.stringify(name)).join(', ');
  const all = Object.keys(known).join(', ');
  throw new HeliumError(code, `${where}: unknown option ${names}; known: ${all}`);
}

/** What the wire has for a word. Throws WORKFLOW_INVALID for any other, which it would take for its default. */
export function requireWord<const Table extends Readonly<Record<string, string>>>(
  where: string,
  word: keyof Table & string,
  table: Table,
): Table[keyof Table] {
  if (Object.hasOwn(table, word)) return table[word] as Table[keyof Table];
  const words = Object.keys(table).join(', ');
  throw new HeliumError('WORKFLOW_INVALID', `${where} is ${shown(word)}, takes ${words}`);
}

/** Throws WORKFLOW_INVALID, or `code`: a text alone would be taken for a list of its characters. */
export function requireList<Item>(
  where: string,
  value: readonly Item[],
  code: Code = 'WORKFLOW_INVALID',
): readonly Item[] {
  if (Array.isArray(value)) return value;
  throw new HeliumError(code, `${where} is ${shown(value)}, takes a list`);
}

/** Throws WORKFLOW_INVALID for what is no text, such as a number. */
export function requireText(where: string, value: string): string {
  if (typeof value === 'string') return value;
  throw new HeliumError('WORKFLOW_INVALID', `${where} is ${shown(value)}, takes a text`);
}

/** Throws WORKFLOW_INVALID where it is no list, or not of texts. */
export function requireTexts(where: string, values: readonly string[]): string[] {
  return requireList(where, values).map((value, i) => requireText(`${where}[${i}]`, value));
}

/** Throws WORKFLOW_INVALID. */
export function requireFunction(where: string, value: unknown): void {
  if (typeof value === 'function') return;
  throw new HeliumError('WORKFLOW_INVALID', `${where} is ${shown(value)}, takes a function`);
}

/** The id of the operator. Throws WORKFLOW_INVALID where a text stands for one, or nothing was returned. */
export function requireHandle(where: string, handle: Handle): string {
  if (typeof handle?.id === 'string' && typeof handle.kind === 'string') return handle.id;
  const hint = 'the handle of an operator; `format` makes one of a text';
  throw new HeliumError('WORKFLOW_INVALID', `${where} is ${shown(handle)}, takes ${hint}`);
}

/** A value of whatever type as a message has it. */
export function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (value instanceof Promise) return 'a promise';
  return typeof value === 'string' || (typeof value === 'object' && value !== null)
    ? JSON.stringify(value).slice(0, 80)
    : String(value);
}
