import type { ChatMessage } from '../call.ts';
import type { TemplateMessage } from './chat-template.ts';
import type { PromptPiece } from './prompt-text.ts';

/** Texts put around contents while a template renders: no content holds them. */
export interface Markers {
  readonly open: string;
  readonly close: string;
}

/** Deterministic: the first number whose markers no text holds. Noncharacters never mean anything. */
export function pickMarkers(texts: readonly string[]): Markers {
  for (let number = 0; ; number++) {
    const open = `\uFDD0${number}\uFDD1`;
    const close = `\uFDD2${number}\uFDD3`;
    if (!texts.some((text) => text.includes(open) || text.includes(close))) return { open, close };
  }
}

export function markContents(
  messages: readonly ChatMessage[],
  markers: Markers,
): TemplateMessage[] {
  return messages.map(({ role, content }) => ({
    role,
    content: markers.open + content + markers.close,
  }));
}

/** Takes the markers out again; null where they are not in pairs. Empty contents keep their piece. */
export function splitMarked(rendered: string, markers: Markers): PromptPiece[] | null {
  const [first, ...rest] = rendered.split(markers.open);
  if (first!.includes(markers.close)) return null;
  const pieces: PromptPiece[] = [{ kind: 'template', text: first! }];
  for (const part of rest) {
    const [content, after, ...excess] = part.split(markers.close);
    if (after === undefined || excess.length > 0) return null;
    pieces.push({ kind: 'content', text: content! }, { kind: 'template', text: after });
  }
  return pieces;
}
