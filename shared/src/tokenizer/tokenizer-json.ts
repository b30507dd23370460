import { type Fault, HeliumError } from '../errors/helium-error.ts';
import { isJsonObject } from '../json-object.ts';
import { BYTE_TOKENS } from './byte-tokens.ts';
import { isStringArray, isTokenId } from './json-shape.ts';
import { type MergeTable, readMerges, type Vocabulary } from './merge-table.ts';
import { readTextScheme, type TextScheme } from './text-scheme.ts';

/** A token that is found in text before pre-tokenizing. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** A control token: recognised in template text only, and gives no text when decoded. */
  readonly special: boolean;
}

/** The parts of a BPE tokenizer.json that decide tokens. */
export interface TokenizerTables extends Vocabulary {
  readonly addedTokens: readonly AddedToken[];
  readonly scheme: TextScheme;
  readonly merges: MergeTable;
  readonly unknownToken: string | null;
  readonly ignoreMerges: boolean;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads a tokenizer.json, whose vocabulary may also be a list of the tokens at their ids. Throws
 * MODEL_UNSUPPORTED, by name, for one that is neither byte-level BPE nor SentencePiece's (see text-scheme.ts)
 * or has tokens that swallow spaces, MODEL_INVALID for a malformed one.
 */
export function readTokenizerJson(json: Json): TokenizerTables {
  const model = isJsonObject(json.model) ? json.model : {};
  refuseUnsupported(model);
  const scheme = readTextScheme(json);
  const faults: Fault[] = [];
  const vocabulary = readVocab(model.vocab, faults);
  const merges = readMerges(model.merges, vocabulary, faults);
  const addedTokens = readAddedTokens(json.added_tokens, faults, matchesNormalized(scheme, json));
  checkFallback(scheme, model, vocabulary.ids, faults);
  if (faults.length > 0) {
    throw new HeliumError('MODEL_INVALID', 'tokenizer.json is malformed', {
      faults: faults.slice(0, 100),
    });
  }
  return {
    addedTokens,
    scheme,
    ...vocabulary,
    merges,
    unknownToken: typeof model.unk_token === 'string' ? model.unk_token : null,
    ignoreMerges: model.ignore_merges === true,
  };
}

function refuseUnsupported(model: Json): void {
  const refusals: readonly [boolean, string][] = [
    [model.type !== 'BPE', `model type ${model.type}`],
    [Boolean(model.continuing_subword_prefix), 'continuing_subword_prefix'],
    [Boolean(model.end_of_word_suffix), 'end_of_word_suffix'],
    [Boolean(model.dropout), 'dropout'],
  ];
  const found = refusals.find(([refused]) => refused);
  if (found !== undefined) throw unsupported(`${found[1]} is not supported, only plain BPE`);
}

/** Whether text is changed before the added tokens that want it so are looked for. */
function matchesNormalized(scheme: TextScheme, json: Json): boolean {
  return scheme.kind === 'bytes' ? scheme.nfc : isJsonObject(json.normalizer);
}

/** SentencePiece's characters fall back to bytes, of which all must be there; byte-level ones cannot. */
function checkFallback(
  scheme: TextScheme,
  model: Json,
  ids: Vocabulary['ids'],
  faults: Fault[],
): void {
  const falls = model.byte_fallback === true;
  if (scheme.kind === 'bytes') {
    if (falls) throw unsupported('byte_fallback is not supported with byte-level BPE');
    return;
  }
  if (!falls) throw unsupported('SentencePiece BPE is not supported without byte_fallback');
  const missing = BYTE_TOKENS.find((token) => !ids.has(token));
  if (missing !== undefined) {
    faults.push({ field: 'model.vocab', message: `lacks ${missing}, which byte_fallback needs` });
  }
}

function unsupported(what: string): HeliumError {
  return new HeliumError('MODEL_UNSUPPORTED', `tokenizer: ${what}`);
}

function readVocab(json: unknown, faults: Fault[]): Vocabulary {
  return isStringArray(json) ? readTokenList(json, faults) : readTokenIds(json, faults);
}

/** Half the work of an object with as many fields. */
function readTokenList(tokens: readonly string[], faults: Fault[]): Vocabulary {
  const ids = new Map<string, number>();
  for (let id = 0; id < tokens.length; id++) ids.set(tokens[id]!, id);
  if (tokens.length === 0) {
    faults.push({ field: 'model.vocab', message: 'must have tokens' });
  } else if (ids.size < tokens.length) {
    faults.push({ field: 'model.vocab', message: 'has a token twice' });
  }
  return { tokens, ids };
}

/** One pass: each over an object of tens of thousands of fields takes 20 ms. */
function readTokenIds(json: unknown, faults: Fault[]): Vocabulary {
  const vocab = (isJsonObject(json) ? json : {}) as Readonly<Record<string, number>>;
  const tokens: (string | undefined)[] = [];
  const ids = new Map<string, number>();
  let areIds = true;
  let areDistinct = true;
  for (const token in vocab) {
    const id = vocab[token]!;
    ids.set(token, id);
    areIds &&= isTokenId(id);
    if (!areIds) continue;
    areDistinct &&= tokens[id] === undefined;
    tokens[id] = token;
  }
  if (ids.size === 0) {
    faults.push({ field: 'model.vocab', message: 'must be an object of token ids, or a list' });
  } else if (!areIds) {
    faults.push({ field: 'model.vocab', message: 'has an id that is not a whole number ≥ 0' });
  } else if (!areDistinct) {
    faults.push({ field: 'model.vocab', message: 'gives one id to two tokens' });
  }
  return { tokens, ids };
}

function readAddedTokens(list: unknown, faults: Fault[], refusesNormalized: boolean): AddedToken[] {
  if (!Array.isArray(list)) {
    faults.push({ field: 'added_tokens', message: 'must be a list' });
    return [];
  }
  return list.flatMap((entry: unknown, index) => {
    const token = isJsonObject(entry) ? entry : {};
    const field = `added_tokens[${index}]`;
    if (!isTokenId(token.id) || typeof token.content !== 'string' || token.content === '') {
      faults.push({ field, message: 'needs an id and a content' });
      return [];
    }
    const flags = ['lstrip', 'rstrip', 'single_word', ...(refusesNormalized ? ['normalized'] : [])];
    const flag = flags.find((name) => token[name] === true);
    if (flag !== undefined) {
      throw unsupported(`token ${token.content} has ${flag}, which is not supported`);
    }
    return [{ id: token.id, content: token.content, special: token.special === true }];
  });
}
