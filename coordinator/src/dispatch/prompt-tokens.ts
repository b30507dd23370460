import type {
  PromptPiece,
  SegmentedMessage,
  SegmentPiece,
  Tokenizer,
} from '@helium/shared/tokenizer';

/** A prompt's tokens as far as they are known at planning time. */
export interface TokenizedPrompt {
  readonly items: readonly (
    | { readonly kind: 'tokens'; readonly tokens: Int32Array }
    | { readonly kind: 'hole'; readonly node: number }
  )[];
  /** The first item's tokens are those of the final prompt, and all of it when there is no hole. */
  readonly exact: boolean;
}

/** Makes tokens of messages with holes. */
export type PromptTokenizer = (messages: readonly SegmentedMessage[]) => TokenizedPrompt;

/** Texts remembered with their tokens: rows repeat what their templates say. Of long ones fewer: some 30 MiB. */
const REMEMBERED_MAX = 4096;
const REMEMBERED_CHARACTERS_MAX = 8 << 20;

/**
 * By the model's own tokenizer. What comes before the first hole is cut where no later text can change
 * its tokens, so it is a true prefix of the prompt; what comes between holes is as if it stood alone,
 * good for planning only. Each distinct text is tokenized once, while it is remembered: of more than
 * `charactersMax` (UTF-16 units, of texts as JSON) all are forgotten, and one longer than that never is remembered.
 */
export function modelTokenizer(
  tokenizer: Tokenizer,
  charactersMax = REMEMBERED_CHARACTERS_MAX,
): PromptTokenizer {
  const remembered = new Map<string, Int32Array>();
  let characters = 0;
  const remember = (how: string, pieces: readonly PromptPiece[], encode: () => Int32Array) => {
    const key = `${how}${JSON.stringify(pieces)}`;
    const known = remembered.get(key);
    if (known !== undefined) return known;
    const tokens = encode();
    if (key.length > charactersMax) return tokens;
    if (remembered.size >= REMEMBERED_MAX || characters + key.length > charactersMax) {
      remembered.clear();
      characters = 0;
    }
    remembered.set(key, tokens);
    characters += key.length;
    return tokens;
  };
  return (messages) => {
    const { pieces, exact } = tokenizer.renderChatSegments(messages);
    const runs = cutRuns(pieces);
    const items = runs.map((run, i) => {
      if (typeof run === 'number') return { kind: 'hole', node: run } as const;
      const isOpen = i === 0 && runs.length > 1;
      const tokens = isOpen
        ? remember('open', run, () => tokenizer.encodeStable(run).tokens)
        : remember('whole', run, () => tokenizer.encode(run));
      return { kind: 'tokens', tokens } as const;
    });
    return { items, exact };
  };
}

/** Without a tokenizer: one made-up token for every four characters. Equal starts have equal tokens. */
export function estimatingTokenizer(): PromptTokenizer {
  const numbers = new Map<string, number>();
  const encode = (text: string) =>
    Int32Array.from(text.match(/[\s\S]{1,4}/g) ?? [], (chunk) => {
      const number = numbers.get(chunk) ?? numbers.size;
      numbers.set(chunk, number);
      return number;
    });
  return (messages) => {
    const pieces = messages.flatMap(({ role, content }): SegmentPiece[] => [
      { kind: 'template', text: `${role}: ` },
      ...content.map(
        (part): SegmentPiece =>
          'text' in part ? { kind: 'content', text: part.text } : { kind: 'hole', hole: part.hole },
      ),
    ]);
    const items = cutRuns(pieces).map((run) => {
      if (typeof run === 'number') return { kind: 'hole', node: run } as const;
      return { kind: 'tokens', tokens: encode(run.map(({ text }) => text).join('')) } as const;
    });
    return { items, exact: false };
  };
}

/** Runs of text between holes. */
function cutRuns(pieces: readonly SegmentPiece[]): (PromptPiece[] | number)[] {
  const runs: (PromptPiece[] | number)[] = [];
  for (const piece of pieces) {
    const last = runs.at(-1);
    if (piece.kind === 'hole') runs.push(piece.hole);
    else if (Array.isArray(last)) last.push(piece);
    else runs.push([piece]);
  }
  return runs;
}
