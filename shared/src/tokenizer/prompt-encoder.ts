import { createSectionWords } from './create-section-words.ts';
import { createSectionCutter, type Section } from './cut-sections.ts';
import { assertWellFormed, joinPrompt, type PromptPiece, type PromptText } from './prompt-text.ts';
import type { StablePrefix, Tokenizer } from './tokenizer.ts';
import type { TokenizerTables } from './tokenizer-json.ts';
import { createWordEncoder } from './word-encoder.ts';

/**
 * Encodes prompts: added tokens are found first, the text between them is cut into words, words are
 * merged by BPE. `bos` is put in front of prompts that do not start with it.
 */
export function createPromptEncoder(
  tables: TokenizerTables,
  bos: number | null,
): Pick<Tokenizer, 'encode' | 'encodeStable'> {
  const cutter = createSectionCutter(tables.addedTokens);
  const words = createSectionWords(tables);
  const encodeWord = createWordEncoder(tables);

  function encodeSection(text: string, section: Section, into: number[]): void {
    if (section.token !== null) {
      into.push(section.token.id);
      return;
    }
    for (const word of words.split(text.slice(section.start, section.end), section.start === 0)) {
      pushAll(into, encodeWord(word));
    }
  }

  function encode(prompt: PromptText): Int32Array {
    const pieces = mergePieces(prompt);
    const text = joinPrompt(pieces);
    assertWellFormed(text, 'prompt');
    const tokens: number[] = [];
    for (const section of cutter.cut(pieces, text)) encodeSection(text, section, tokens);
    return Int32Array.from(withBos(tokens, bos, true));
  }

  function encodeStable(prefix: PromptText): StablePrefix {
    const pieces = mergePieces(prefix);
    const text = joinPrompt(pieces);
    assertWellFormed(text, 'prompt');
    const limit = cutter.pendingFrom(pieces, text);
    const tokens: number[] = [];
    let chars = 0;
    for (const section of cutter.cut(pieces, text)) {
      const isOpen = section.token === null && section.end >= limit;
      if (section.start >= limit || (section.token !== null && section.end > limit)) break;
      if (isOpen) {
        const open = words.stable(text.slice(section.start, limit), section.start === 0);
        for (const word of open.words) pushAll(tokens, encodeWord(word));
        chars += open.chars;
        break;
      }
      encodeSection(text, section, tokens);
      chars = section.end;
    }
    return { tokens: Int32Array.from(withBos(tokens, bos, false)), chars };
  }

  return { encode, encodeStable };
}

/** A word may be of more tokens than a call takes arguments. */
function pushAll(tokens: number[], more: readonly number[]): void {
  for (const token of more) tokens.push(token);
}

/** Neighbours of one kind become one piece; an empty piece between two others keeps them apart. */
function mergePieces(prompt: PromptText): PromptPiece[] {
  const merged: PromptPiece[] = [];
  for (const piece of prompt) {
    const last = merged.at(-1);
    if (last?.kind === piece.kind) {
      merged[merged.length - 1] = { kind: piece.kind, text: last.text + piece.text };
    } else {
      merged.push(piece);
    }
  }
  return merged;
}

/** An empty stable prefix says nothing of its first token, so nothing is put in front of it. */
function withBos(tokens: number[], bos: number | null, isWhole: boolean): number[] {
  if (bos === null || tokens[0] === bos || (!isWhole && tokens.length === 0)) return tokens;
  return [bos, ...tokens];
}
