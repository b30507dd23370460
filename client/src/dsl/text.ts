import type { wire } from '@helium/proto';
import { HeliumError } from '@helium/shared';
import { dedent } from './dedent.ts';
import { shown } from './require.ts';

/** A lazy reference to an operator's text: nothing runs until the workflow does. */
export interface Handle<Kind extends string = string> {
  readonly id: string;
  readonly kind: Kind;
}

/** Text with references, made by the `text` tag. */
export interface TextTemplate {
  readonly segments: readonly wire.Segment[];
}

/** Wherever a workflow takes text: a literal, an operator's text, or a mixture. */
export type Text = string | Handle | TextTemplate;

/**
 * Template literals with operator handles in them: text`Summarize: ${article}`. One that begins with a line
 * break may be indented with the code: what its lines share of indentation is dropped, and the first line break
 * and the last; those written `\n` stay. Throws WORKFLOW_INVALID for a value that is no text, such as a misspelt
 * column.
 */
export function text(strings: TemplateStringsArray, ...values: readonly Text[]): TextTemplate {
  const literals = dedent(strings);
  const segments: wire.Segment[] = [];
  literals.forEach((literal, i) => {
    pushText(segments, literal);
    if (i === values.length) return;
    for (const segment of segmentsOf(values[i], ` after ${JSON.stringify(literal.slice(-40))}`))
      pushSegment(segments, segment);
  });
  return { segments };
}

/**
 * The wire form of any text. Workflow files run without a check of their types: throws WORKFLOW_INVALID
 * for what is no text, saying `where`.
 */
export function segmentsOf(value: Text | undefined, where = ''): readonly wire.Segment[] {
  if (typeof value === 'string') return value === '' ? [] : [{ text: value }];
  if (typeof value === 'object' && value !== null) {
    if ('segments' in value) return value.segments;
    if (typeof value.id === 'string') return [{ ref: value.id }];
  }
  const message = `the value${where} is ${shown(value)}: neither a text nor the handle of an operator`;
  throw new HeliumError('WORKFLOW_INVALID', message);
}

/** Joins texts, e.g. the answers of several agents. */
export function join(values: readonly Text[], separator = '\n'): TextTemplate {
  const segments: wire.Segment[] = [];
  values.forEach((value, i) => {
    if (i > 0) pushText(segments, separator);
    for (const segment of segmentsOf(value)) pushSegment(segments, segment);
  });
  return { segments };
}

function pushSegment(segments: wire.Segment[], segment: wire.Segment): void {
  if (segment.text === undefined) segments.push(segment);
  else pushText(segments, segment.text);
}

function pushText(segments: wire.Segment[], literal: string): void {
  if (literal === '') return;
  const last = segments.at(-1);
  if (last?.text === undefined) segments.push({ text: literal });
  else segments[segments.length - 1] = { text: last.text + literal };
}
