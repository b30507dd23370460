import type { PromptText } from './prompt-text.ts';
import type { AddedToken } from './tokenizer-json.ts';

/** A run of a prompt: plain text, or one added token. `start` and `end` are UTF-16 units. */
export interface Section {
  readonly start: number;
  readonly end: number;
  readonly token: AddedToken | null;
}

/** Finds added tokens, longest first at each place; special ones only within one template piece. */
export interface SectionCutter {
  cut(prompt: PromptText, text: string): Section[];
  /**
   * From here on an added token may still be completed by more text; text.length if none can.
   */
  pendingFrom(prompt: PromptText, text: string): number;
}

export function createSectionCutter(addedTokens: readonly AddedToken[]): SectionCutter {
  const byFirstChar = new Map<string, AddedToken[]>();
  for (const token of addedTokens) {
    const first = token.content[0]!;
    byFirstChar.set(first, [...(byFirstChar.get(first) ?? []), token]);
  }
  for (const tokens of byFirstChar.values()) {
    tokens.sort((a, b) => b.content.length - a.content.length);
  }
  const firstChars = [...byFirstChar.keys()].map(escapeForClass).join('');
  const longest = addedTokens.reduce((most, { content }) => Math.max(most, content.length), 0);

  function cut(prompt: PromptText, text: string): Section[] {
    const sections: Section[] = [];
    let start = 0;
    for (const at of candidates(prompt, firstChars)) {
      if (at.position < start) continue;
      const token = byFirstChar
        .get(text[at.position]!)
        ?.find(
          ({ content, special }) =>
            text.startsWith(content, at.position) &&
            (!special || at.position + content.length <= at.templateEnd),
        );
      if (token === undefined) continue;
      if (start < at.position) sections.push({ start, end: at.position, token: null });
      const end = at.position + token.content.length;
      sections.push({ start: at.position, end, token });
      start = end;
    }
    if (start < text.length) sections.push({ start, end: text.length, token: null });
    return sections;
  }

  function pendingFrom(prompt: PromptText, text: string): number {
    const inTemplate = prompt.at(-1)?.kind === 'template' ? prompt.at(-1)!.text.length : 0;
    for (let at = Math.max(0, text.length - longest + 1); at < text.length; at++) {
      const rest = text.slice(at);
      const mayComplete = ({ content, special }: AddedToken) =>
        content.length > rest.length &&
        content.startsWith(rest) &&
        (!special || rest.length <= inTemplate);
      if (addedTokens.some(mayComplete)) return at;
    }
    return text.length;
  }

  return { cut, pendingFrom };
}

/** Where a token may start, with the end of the template piece it is in (0 in content). */
function* candidates(prompt: PromptText, firstChars: string) {
  if (firstChars === '') return;
  const pattern = new RegExp(`[${firstChars}]`, 'g');
  let offset = 0;
  for (const piece of prompt) {
    const end = offset + piece.text.length;
    const templateEnd = piece.kind === 'template' ? end : 0;
    for (const match of piece.text.matchAll(pattern)) {
      yield { position: offset + match.index, templateEnd };
    }
    offset = end;
  }
}

function escapeForClass(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
