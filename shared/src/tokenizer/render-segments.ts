import type { ChatMessage } from '../call.ts';
import type { ChatTemplate } from './chat-template.ts';
import type {
  PromptPiece,
  SegmentedMessage,
  SegmentedPrompt,
  SegmentPiece,
} from './prompt-text.ts';
import { renderChat } from './render-chat.ts';

/** Renders a chat with holes: each hole is a noncharacter mark while the template runs. */
export function renderChatSegments(
  template: ChatTemplate,
  messages: readonly SegmentedMessage[],
  specialTokens: readonly string[],
): SegmentedPrompt {
  const mark = pickHoleMark(messages);
  const filled = messages.map((message) => fillWithMarks(message, mark));
  const pieces = renderChat(template, filled, specialTokens).flatMap((piece) =>
    cutAtHoles(piece, mark),
  );
  return { pieces, exact: template.isVerbatim };
}

interface HoleMark {
  readonly open: string;
  readonly close: string;
}

function pickHoleMark(messages: readonly SegmentedMessage[]): HoleMark {
  const texts = messages.flatMap(({ content }) =>
    content.flatMap((segment) => ('text' in segment ? [segment.text] : [])),
  );
  for (let number = 0; ; number++) {
    const open = `\uFDD4${number}\uFDD5`;
    if (!texts.some((text) => text.includes(open))) return { open, close: '\uFDD6' };
  }
}

function fillWithMarks({ role, content }: SegmentedMessage, mark: HoleMark): ChatMessage {
  const texts = content.map((segment) =>
    'text' in segment ? segment.text : mark.open + segment.hole + mark.close,
  );
  return { role, content: texts.join('') };
}

function cutAtHoles({ kind, text }: PromptPiece, mark: HoleMark): SegmentPiece[] {
  const [first, ...rest] = text.split(mark.open);
  const pieces: SegmentPiece[] = [{ kind, text: first! }];
  for (const part of rest) {
    const end = part.indexOf(mark.close);
    pieces.push({ kind: 'hole', hole: Number(part.slice(0, end)) });
    pieces.push({ kind, text: part.slice(end + mark.close.length) });
  }
  return pieces.filter((piece) => piece.kind === 'hole' || piece.text !== '');
}
