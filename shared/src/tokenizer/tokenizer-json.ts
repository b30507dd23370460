import { type Fault, HeliumError } from '../errors/helium-error.ts';
import { isRecord, isStringArray, isTokenId } from './json-shape.ts';

/** A token that is found in text before pre-tokenizing. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** A control token: recognised in template text only, and gives no text when decoded. */
  readonly special: boolean;
}

/** The parts of a byte-level BPE tokenizer.json that decide tokens. */
export interface TokenizerTables {
  readonly addedTokens: readonly AddedToken[];
  /** As in the file; see `compilePreTokenizer`. */
  readonly preTokenizer: unknown;
  readonly vocab: Readonly<Record<string, number>>;
  readonly merges: string[] | [string, string][];
  readonly unknownToken: string | null;
  readonly ignoreMerges: boolean;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads a tokenizer.json. Throws MODEL_UNSUPPORTED, by name, for one that is not plain byte-level BPE
 * (a normalizer, byte fallback, tokens that swallow spaces), MODEL_INVALID for a malformed one.
 */
export function readTokenizerJson(json: Json): TokenizerTables {
  const model = isRecord(json.model) ? json.model : {};
  refuseUnsupported(json, model);
  const faults: Fault[] = [];
  const vocab = readVocab(model.vocab, faults);
  const merges = readMerges(model.merges, vocab, faults);
  const addedTokens = readAddedTokens(json.added_tokens, faults);
  if (faults.length > 0) {
    throw new HeliumError('MODEL_INVALID', 'tokenizer.json is malformed', {
      faults: faults.slice(0, 100),
    });
  }
  return {
    addedTokens,
    preTokenizer: json.pre_tokenizer,
    vocab,
    merges,
    unknownToken: typeof model.unk_token === 'string' ? model.unk_token : null,
    ignoreMerges: model.ignore_merges === true,
  };
}

function refuseUnsupported(json: Json, model: Json): void {
  const decoder = isRecord(json.decoder) ? json.decoder.type : json.decoder;
  const normalizer = isRecord(json.normalizer) ? json.normalizer.type : json.normalizer;
  const refusals: readonly [boolean, string][] = [
    [model.type !== 'BPE', `model type ${model.type}`],
    [decoder !== 'ByteLevel', `decoder ${decoder}`],
    [normalizer !== null && normalizer !== undefined, `normalizer ${normalizer}`],
    [model.byte_fallback === true, 'byte_fallback'],
    [Boolean(model.continuing_subword_prefix), 'continuing_subword_prefix'],
    [Boolean(model.end_of_word_suffix), 'end_of_word_suffix'],
    [Boolean(model.dropout), 'dropout'],
  ];
  const found = refusals.find(([refused]) => refused);
  if (found === undefined) return;
  throw new HeliumError(
    'MODEL_UNSUPPORTED',
    `tokenizer: ${found[1]} is not supported, only byte-level BPE without normalizer`,
  );
}

function readVocab(vocab: unknown, faults: Fault[]): Readonly<Record<string, number>> {
  if (!isRecord(vocab) || Object.keys(vocab).length === 0) {
    faults.push({ field: 'model.vocab', message: 'must be an object of token ids' });
    return {};
  }
  const ids = Object.values(vocab);
  if (!ids.every(isTokenId)) {
    faults.push({ field: 'model.vocab', message: 'has an id that is not a whole number ≥ 0' });
  } else if (new Set(ids).size !== ids.length) {
    faults.push({ field: 'model.vocab', message: 'gives one id to two tokens' });
  }
  return vocab as Readonly<Record<string, number>>;
}

function readMerges(merges: unknown, vocab: Json, faults: Fault[]): string[] | [string, string][] {
  if (!Array.isArray(merges)) {
    faults.push({ field: 'model.merges', message: 'must be a list' });
    return [];
  }
  const pairs = isStringArray(merges) ? merges.map((merge) => merge.split(' ')) : merges;
  pairs.forEach((pair: unknown, index) => {
    const field = `model.merges[${index}]`;
    if (!isStringArray(pair) || pair.length !== 2) {
      faults.push({ field, message: 'must be two tokens' });
    } else if (!Object.hasOwn(vocab, pair.join(''))) {
      faults.push({ field, message: `makes ${pair.join('')}, which the vocabulary lacks` });
    }
  });
  return merges;
}

function readAddedTokens(list: unknown, faults: Fault[]): AddedToken[] {
  if (!Array.isArray(list)) {
    faults.push({ field: 'added_tokens', message: 'must be a list' });
    return [];
  }
  return list.flatMap((entry: unknown, index) => {
    const token = isRecord(entry) ? entry : {};
    const field = `added_tokens[${index}]`;
    if (!isTokenId(token.id) || typeof token.content !== 'string' || token.content === '') {
      faults.push({ field, message: 'needs an id and a content' });
      return [];
    }
    const flag = ['lstrip', 'rstrip', 'single_word'].find((name) => token[name] === true);
    if (flag !== undefined) {
      throw new HeliumError(
        'MODEL_UNSUPPORTED',
        `tokenizer: token ${token.content} has ${flag}, which is not supported`,
      );
    }
    return [{ id: token.id, content: token.content, special: token.special === true }];
  });
}
