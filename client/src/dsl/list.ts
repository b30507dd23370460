import type { wire } from '@helium/proto';
import { segmentsOf, type Text } from './text.ts';
import { requireCount } from './whole-number.ts';

export interface ListOptions {
  /**
   * How the text is read: every line that is not blank (the default); the same without bullets and
   * numbers before it; or a JSON array.
   */
  readonly as?: 'lines' | 'bullets' | 'json';
  /** Items at most; 1 to 1,000. */
  readonly max: number;
  /** What becomes of a longer list: the run fails (the default), or the first items are taken. */
  readonly overflow?: 'fail' | 'truncate';
}

/** A list that a text made at run time is read as. */
export interface ListSource {
  readonly source: Text;
  readonly options: ListOptions;
}

/** The lines, bullets or JSON items of a text, for `map`. */
export function listOf(source: Text, options: ListOptions): ListSource {
  return { source, options };
}

export const LIST_FORMATS = {
  lines: 'LIST_FORMAT_LINES',
  bullets: 'LIST_FORMAT_BULLETS',
  json: 'LIST_FORMAT_JSON',
} as const satisfies Record<string, wire.ListFormat>;

export const LIST_OVERFLOWS = {
  fail: 'LIST_OVERFLOW_FAIL',
  truncate: 'LIST_OVERFLOW_TRUNCATE',
} as const satisfies Record<string, wire.ListOverflow>;

/** The wire form of a list. */
export function listMessage({ source, options }: ListSource): wire.ListSource {
  return {
    text: [...segmentsOf(source)],
    format: LIST_FORMATS[options.as ?? 'lines'],
    maxItems: requireCount('listOf: max', options.max, 1),
    overflow: LIST_OVERFLOWS[options.overflow ?? 'fail'],
  };
}
