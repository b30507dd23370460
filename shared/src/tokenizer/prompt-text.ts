import type { Role } from '../call.ts';
import { HeliumError } from '../errors/helium-error.ts';

/** Text of a prompt with its origin: only the template's own text may hold control tokens. */
export interface PromptPiece {
  readonly kind: 'template' | 'content';
  readonly text: string;
}

/** A rendered prompt. How the pieces of one kind are cut does not matter to its tokens. */
export type PromptText = readonly PromptPiece[];

/** Part of a message: known text, or the place of a text that is not known yet. */
export type ContentSegment = { readonly text: string } | { readonly hole: number };

/** A chat message whose content may have holes. */
export interface SegmentedMessage {
  readonly role: Role;
  readonly content: readonly ContentSegment[];
}

export type SegmentPiece = PromptPiece | { readonly kind: 'hole'; readonly hole: number };

/** A rendered prompt with holes. */
export interface SegmentedPrompt {
  readonly pieces: readonly SegmentPiece[];
  /**
   * The template copies contents verbatim whatever they are, so the pieces with the holes filled (as
   * content) are the prompt. False: the pieces are only a prediction.
   */
  readonly exact: boolean;
}

/** Plain text as a prompt: no control token is recognised in it. */
export function contentText(text: string): PromptText {
  return [{ kind: 'content', text }];
}

/** The text of a prompt, its origins forgotten. */
export function joinPrompt(prompt: PromptText): string {
  return prompt.map((piece) => piece.text).join('');
}

/** Throws TEXT_INVALID, naming the position, where a text has a lone surrogate. */
export function assertWellFormed(text: string, name: string): void {
  if (text.isWellFormed()) return;
  const at = /\p{Surrogate}/u.exec(text)?.index ?? 0;
  const unit = text.charCodeAt(at).toString(16);
  throw new HeliumError(
    'TEXT_INVALID',
    `${name}: lone surrogate \\u${unit} at UTF-16 unit ${at}; text must be valid Unicode`,
    { details: { at } },
  );
}
