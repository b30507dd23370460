import type { wire } from '@helium/proto';
import { type Keys, requireKnown, requireWord } from './require.ts';
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
} as const satisfies Record<NonNullable<ListOptions['as']>, wire.ListFormat>;

export const LIST_OVERFLOWS = {
  fail: 'LIST_OVERFLOW_FAIL',
  truncate: 'LIST_OVERFLOW_TRUNCATE',
} as const satisfies Record<NonNullable<ListOptions['overflow']>, wire.ListOverflow>;

const KEYS: Keys<ListOptions> = { as: true, max: true, overflow: true };

/** The wire form of the list of map `id`. Throws WORKFLOW_INVALID for what the wire would change or leave out. */
export function listMessage(id: string, { source, options }: ListSource): wire.ListSource {
  const where = `map "${id}": listOf`;
  requireKnown(where, options, KEYS);
  return {
    text: [...segmentsOf(source, ` of the list of map "${id}"`)],
    format: requireWord(`${where}: as`, options.as ?? 'lines', LIST_FORMATS),
    maxItems: requireCount(`${where}: max`, options.max, 1),
    overflow: requireWord(`${where}: overflow`, options.overflow ?? 'fail', LIST_OVERFLOWS),
  };
}
