import type { wire } from '@helium/proto';

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
 * Template literals with operator handles in them: text`Summarize: ${article}`. Lines keep the
 * indentation they share out, so that prompts can be indented with the code; the first line break and
 * the last are dropped.
 */
export function text(strings: TemplateStringsArray, ...values: readonly Text[]): TextTemplate {
  const literals = dedent(strings.map((raw) => raw));
  const segments: wire.Segment[] = [];
  literals.forEach((literal, i) => {
    pushText(segments, literal);
    const value = values[i];
    if (value !== undefined)
      for (const segment of segmentsOf(value)) pushSegment(segments, segment);
  });
  return { segments };
}

/** The wire form of any text. */
export function segmentsOf(value: Text): readonly wire.Segment[] {
  if (typeof value === 'string') return value === '' ? [] : [{ text: value }];
  return 'segments' in value ? value.segments : [{ ref: value.id }];
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

function dedent(literals: readonly string[]): string[] {
  const first = literals[0] ?? '';
  if (!first.startsWith('\n')) return [...literals];
  const indents = literals
    .flatMap((literal) => [...literal.matchAll(/\n( *)(?=\S|$)/g)])
    .map((match, i, all) => ({ width: match[1]?.length ?? 0, last: i === all.length - 1 }))
    .map(({ width }) => width);
  const closing = literals.at(-1) ?? '';
  const lines = /\n *$/.test(closing) ? indents.slice(0, -1) : indents;
  const width = lines.length === 0 ? 0 : Math.min(...lines);
  const strip = new RegExp(`\\n {0,${width}}`, 'g');
  const stripped = literals.map((literal) => literal.replace(strip, '\n'));
  stripped[0] = (stripped[0] ?? '').slice(1);
  stripped[stripped.length - 1] = (stripped.at(-1) ?? '').replace(/\n *$/, '');
  return stripped;
}
