import { createHash } from 'node:crypto';
import {
  joinPrompt,
  type PromptText,
  type SegmentPiece,
  type StablePrefix,
  type TokenDecoder,
  type Tokenizer,
} from '@helium/shared/tokenizer';

/** What simulated texts are made of: token i of an output is word i. */
const WORDS = (
  'the of and to in is that for it with as on by this from market price earnings growth risk trend ' +
  'report quarter revenue margin demand supply policy rate inflation sector value cost cash debt'
).split(' ');

export const END_TOKEN = WORDS.length;

const UTF8 = new TextEncoder();

/** Tokens that outputs are made of, by the number of a model's weights: others answer every prompt otherwise. */
export function outputTokens(weights: number): readonly number[] {
  return WORDS.map((_, i) => (i + weights) % WORDS.length);
}

/** Numbers below this are the output's words. */
const HASHES_FROM = WORDS.length + 1;

/**
 * A token per word, the white space before it included: thirty times as fast as byte-level BPE, and
 * like it a function of the text whose prefixes can be told. Tokens of prompts are hashes of words.
 */
export function createWordTokenizer(): Tokenizer {
  return {
    digest: createHash('sha256').update('helium.simulation.words.v1').digest('hex'),
    vocabSize: 2 ** 30,
    endTokenIds: new Set([END_TOKEN]),
    specialTokens: new Map(),
    bytesOf: (token) => UTF8.encode(WORDS[token] ?? ''),
    renderChat: (messages) => [
      ...messages.map(({ role, content }) => piece(`<${role}>\n${content}\n`)),
      piece('<assistant>\n'),
    ],
    renderChatSegments: (messages) => ({
      exact: true,
      pieces: [
        ...messages.flatMap(({ role, content }): SegmentPiece[] => [
          piece(`<${role}>\n`),
          ...content.map(
            (part): SegmentPiece =>
              'text' in part ? piece(part.text) : { kind: 'hole', hole: part.hole },
          ),
          piece('\n'),
        ]),
        piece('<assistant>\n'),
      ],
    }),
    encode: (prompt) => encodeWords(joinPrompt(prompt)).tokens,
    encodeStable: (prefix) => stableWords(prefix),
    createDecoder,
  };
}

function piece(text: string): PromptText[number] {
  return { kind: 'content', text };
}

/** The last word may still grow, and so may the white space before the next. */
function stableWords(prefix: PromptText): StablePrefix {
  const { tokens, starts } = encodeWords(joinPrompt(prefix));
  const count = Math.max(0, tokens.length - 1);
  return { tokens: tokens.slice(0, count), chars: starts[count] ?? 0 };
}

/** A word ends where white space begins; what white space is left at the end is one more. */
function encodeWords(text: string): { tokens: Int32Array; starts: number[] } {
  const tokens: number[] = [];
  const starts: number[] = [];
  let hash = 0x811c9dc5;
  let start = 0;
  let inWord = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const isSpace = code === 32 || code === 10;
    if (isSpace && inWord) {
      tokens.push(tokenOf(hash));
      starts.push(start);
      start = i;
      hash = 0x811c9dc5;
    }
    inWord = !isSpace;
    hash = Math.imul(hash ^ code, 0x01000193);
  }
  if (start < text.length) {
    tokens.push(tokenOf(hash));
    starts.push(start);
  }
  return { tokens: Int32Array.from(tokens), starts };
}

function tokenOf(hash: number): number {
  return HASHES_FROM + ((hash ^ (hash >>> 15)) & 0x3fff_ffff);
}

function createDecoder(): TokenDecoder {
  return {
    push: (token) => (WORDS[token] === undefined ? '' : ` ${WORDS[token]}`),
    end: () => '',
  };
}
