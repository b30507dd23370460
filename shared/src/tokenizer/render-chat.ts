import type { ChatMessage } from '../call.ts';
import { HeliumError } from '../errors/helium-error.ts';
import type { ChatTemplate, TemplateMessage } from './chat-template.ts';
import { type Markers, markContents, pickMarkers, splitMarked } from './content-markers.ts';
import { assertWellFormed, type PromptPiece, type PromptText } from './prompt-text.ts';

/** UTF-16 units of all contents together: beyond any context, and half of what a template may make. */
const CONTENT_CHARS_MAX = 8 * 2 ** 20;

/**
 * Renders a chat so that what came from messages is told from what came from the template. The text is
 * always that of a plain rendering. In turn, the first that gives that text:
 * 1. contents between markers;
 * 2. markers inside the white space at a content's ends, for templates that trim (the white space then
 *    counts as the template's, and holds no token);
 * 3. every character that starts or ends a special token replaced in contents by a stand-in, for
 *    templates that rewrite contents: what starts and ends a special token is then the template's own.
 * Throws PROMPT_TOO_LONG for contents of more than CONTENT_CHARS_MAX, TEXT_INVALID where none does: the template
 * decides by characters that 3 must hide.
 */
export function renderChat(
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  specialTokens: readonly string[],
): PromptText {
  assertShort(messages);
  messages.forEach(({ content }, index) => {
    assertWellFormed(content, `messages[${index}]`);
  });
  const markers = pickMarkers(messages.map((message) => message.content));
  const marked = () => splitMarked(template.render(markContents(messages, markers)), markers);
  if (template.isVerbatim) {
    const pieces = marked();
    if (pieces !== null) return pieces;
  }
  const plain = template.render(messages);
  const attempts = [
    marked,
    () => splitMarked(template.render(markCores(messages, markers)), markers),
    () => renderHidden(template, messages, specialTokens),
  ];
  for (const attempt of attempts) {
    const pieces = attempt();
    if (pieces !== null && pieces.map((piece) => piece.text).join('') === plain) return pieces;
  }
  throw new HeliumError(
    'TEXT_INVALID',
    'the chat template rewrites the messages so that their text cannot be told from its own; ' +
      `the messages hold one of the characters ${edgeChars(specialTokens).join(' ')}`,
  );
}

function assertShort(messages: readonly ChatMessage[]): void {
  const characters = messages.reduce((sum, { content }) => sum + content.length, 0);
  if (characters <= CONTENT_CHARS_MAX) return;
  const message = `a call's messages have ${characters} characters, at most ${CONTENT_CHARS_MAX}`;
  throw new HeliumError('PROMPT_TOO_LONG', message, {
    details: { characters, limit: CONTENT_CHARS_MAX },
  });
}

function markCores(messages: readonly ChatMessage[], markers: Markers): TemplateMessage[] {
  return messages.map(({ role, content }) => {
    const core = content.trim();
    if (core === '') return { role, content };
    const start = content.indexOf(core);
    const end = start + core.length;
    const marked = markers.open + core + markers.close;
    return { role, content: content.slice(0, start) + marked + content.slice(end) };
  });
}

function renderHidden(
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  specialTokens: readonly string[],
): PromptText | null {
  const hidden = edgeChars(specialTokens);
  const standIns = pickStandIns(messages, hidden.length);
  if (standIns === null) return null;
  const hide = (text: string) => replaceEach(text, hidden, standIns);
  const rendered = template.render(
    messages.map(({ role, content }) => ({ role, content: hide(content) })),
  );
  const pieces: PromptPiece[] = [];
  let rest = '';
  for (const char of rendered) {
    const index = standIns.indexOf(char);
    if (index < 0) {
      rest += char;
      continue;
    }
    if (rest !== '') pieces.push({ kind: 'template', text: rest });
    rest = '';
    pieces.push({ kind: 'content', text: hidden[index]! });
  }
  if (rest !== '') pieces.push({ kind: 'template', text: rest });
  return pieces;
}

function edgeChars(specialTokens: readonly string[]): string[] {
  const chars = specialTokens.flatMap((token) => [[...token].at(0)!, [...token].at(-1)!]);
  return [...new Set(chars)].sort();
}

/** Noncharacters that no message holds. */
function pickStandIns(messages: readonly ChatMessage[], count: number): string[] | null {
  const free: string[] = [];
  for (let code = 0xfdd0; code <= 0xfdef && free.length < count; code++) {
    const char = String.fromCharCode(code);
    if (!messages.some(({ content }) => content.includes(char))) free.push(char);
  }
  return free.length === count ? free : null;
}

function replaceEach(text: string, from: readonly string[], to: readonly string[]): string {
  return from.reduce((result, char, index) => result.replaceAll(char, to[index]!), text);
}
