import { type ChatMessage, HeliumError, invariant } from '@helium/shared';
import type { FunctionOperator, MessageTemplate, Segment } from './operator.ts';
import type { Bindings } from './physical-plan.ts';

/** The text a node yielded, or undefined while it is not known. */
export type TextOf = (node: number) => string | undefined;

/**
 * UTF-16 units of one rendered text at most: far beyond any context, well within what a string can
 * hold.
 */
export const RENDERED_CHARACTERS_MAX = 16_777_216;

/**
 * The text of a template: every reference replaced by the text of the node it is bound to. Throws
 * PROMPT_TOO_LONG beyond RENDERED_CHARACTERS_MAX; an unbound or unknown reference is
 * INVARIANT_BROKEN.
 */
export function renderSegments(
  segments: readonly Segment[],
  bindings: Bindings,
  textOf: TextOf,
): string {
  const texts = segments.map((segment) => {
    if (segment.kind === 'text') return segment.text;
    const node = bindings.get(segment.operator);
    invariant(node !== undefined, `reference to "${segment.operator}" is not bound`);
    const text = textOf(node);
    invariant(text !== undefined, `node ${node} ("${segment.operator}") has no text yet`);
    return text;
  });
  return joinTexts(texts);
}

/** The texts as one. Throws PROMPT_TOO_LONG beyond RENDERED_CHARACTERS_MAX. */
export function joinTexts(texts: readonly string[]): string {
  const size = texts.reduce((sum, text) => sum + text.length, 0);
  if (size > RENDERED_CHARACTERS_MAX) {
    const message = `a text has ${size} characters, at most ${RENDERED_CHARACTERS_MAX}`;
    throw new HeliumError('PROMPT_TOO_LONG', message);
  }
  return texts.join('');
}

/** The final messages of a call. Throws as `renderSegments` does. */
export function renderMessages(
  messages: readonly MessageTemplate[],
  bindings: Bindings,
  textOf: TextOf,
): readonly ChatMessage[] {
  return messages.map((message) => ({
    role: message.role,
    content: renderSegments(message.content, bindings, textOf),
  }));
}

/** The arguments of a function by name. Throws as `renderSegments` does. */
export function renderArguments(
  operator: FunctionOperator,
  bindings: Bindings,
  textOf: TextOf,
): Readonly<Record<string, string>> {
  const entries = operator.args.map((arg) => [
    arg.name,
    renderSegments(arg.value, bindings, textOf),
  ]);
  return Object.fromEntries(entries);
}
