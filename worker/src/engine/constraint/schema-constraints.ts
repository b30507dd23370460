import { setImmediate as nextTurn } from 'node:timers/promises';
import { HeliumError, invariant } from '@helium/shared';
import type { Tokenizer } from '@helium/shared/tokenizer';
import type { AllowedTokens, TokenConstraint } from '../../batching/step-executor.ts';
import type { AutomatonTables } from './automaton-tables.ts';
import { compileSchema } from './compile-schema.ts';
import type { SchemaCompiler } from './schema-compiler.ts';
import { type TextState, TextStates } from './text-states.ts';
import {
  buildVocabularyTrie,
  type VocabularyBytes,
  type VocabularyTrie,
} from './vocabulary-trie.ts';

/** Schemas that are kept, compiled or refused, those not used for longest going first. */
const SCHEMAS_MAX = 16;

/** States of one schema whose few tokens are remembered. */
const STATES_KEPT_MAX = 4096;

/**
 * Readings (states of a text's threads) that are gone through at most to list few tokens, and to ask for single
 * ones before one choice: some ten milliseconds, and half a second. Counted alike whether they are known or new,
 * so that no answer depends on what was asked before.
 */
const LISTED_READINGS_MAX = 200_000;
const ASKED_READINGS_MAX = 1_000_000;

/** Bytes of the text that must come next, at most so many: more than a step would draft. */
const FORCED_BYTES_MAX = 64;

/** Tokens whose bytes are listed before others get their turn: some milliseconds. */
const TOKENS_A_TURN = 4096;

/** What the constraints of one schema share: states of texts, and the tokens that may follow each. */
interface CompiledSchema {
  readonly states: TextStates;
  readonly few: Map<TextState, FewTokens>;
  readonly forced: Map<TextState, readonly number[]>;
}

/** The tokens that may follow, or that there are more than `limit`. */
interface FewTokens {
  readonly limit: number;
  readonly tokens: readonly number[] | undefined;
}

/**
 * Makes constraints that keep a generation to a JSON Schema, for one tokenizer. A schema is compiled once.
 * Whether a token may follow is found by its bytes; where few may, which ones, by going through the
 * vocabulary's tree and the states beside each other, once for each state. With a compiler, what takes long
 * is done there (`prepare`), else in place.
 */
export class SchemaConstraints {
  readonly #tokenizer: Tokenizer;
  readonly #compiler: SchemaCompiler | undefined;
  readonly #known = new Map<string, CompiledSchema | HeliumError>();
  readonly #preparing = new Map<string, Promise<void>>();
  #trie: VocabularyTrie | undefined;

  constructor(tokenizer: Tokenizer, compiler?: SchemaCompiler) {
    this.#tokenizer = tokenizer;
    this.#compiler = compiler;
  }

  /** Whether `open` answers at once. */
  isReady(schema: string): boolean {
    return this.#compiler === undefined || this.#known.has(schema);
  }

  /** Compiles a schema elsewhere; `open` then answers at once. Never rejects. */
  prepare(schema: string): Promise<void> {
    const preparing = this.#preparing.get(schema) ?? this.#prepare(schema);
    this.#preparing.set(schema, preparing);
    return preparing;
  }

  /** For one generation. Throws OPTIONS_INVALID for a schema that cannot be kept to. */
  open(schema: string): SchemaConstraint {
    const compiled = this.#known.get(schema) ?? stateful(compileSchema(schema));
    this.#keep(schema, compiled);
    if (compiled instanceof HeliumError) throw compiled;
    return new SchemaConstraint(compiled.states, this.#tokenizer, {
      few: (state, limit) => this.#few(compiled, state, limit),
      forced: (state) => this.#forced(compiled, state),
    });
  }

  async close(): Promise<void> {
    await this.#compiler?.close();
  }

  async #prepare(schema: string): Promise<void> {
    const compiler = this.#compiler!;
    try {
      this.#trie ??= await compiler.buildTrie(await this.#vocabularyInTurns());
      this.#keep(schema, stateful(await compiler.compile(schema)));
    } catch (thrown) {
      this.#keep(schema, HeliumError.from(thrown));
    }
    this.#preparing.delete(schema);
  }

  #keep(schema: string, compiled: CompiledSchema | HeliumError): void {
    this.#known.delete(schema);
    this.#known.set(schema, compiled);
    if (this.#known.size > SCHEMAS_MAX) this.#known.delete(this.#known.keys().next().value!);
  }

  async #vocabularyInTurns(): Promise<VocabularyBytes> {
    for (let token = 0; token < this.#tokenizer.vocabSize; token++) {
      // The tokenizer remembers what it is asked.
      this.#tokenizer.bytesOf(token);
      if (token % TOKENS_A_TURN === 0) await nextTurn();
    }
    return vocabularyOf(this.#tokenizer);
  }

  #few({ states, few }: CompiledSchema, state: TextState, limit: number) {
    const known = few.get(state);
    if (known !== undefined && known.limit >= limit) return onlyFew(known.tokens, limit);
    this.#trie ??= buildVocabularyTrie(vocabularyOf(this.#tokenizer));
    const tokens = state.isEnd ? [...this.#tokenizer.endTokenIds] : [];
    const isAll = collect(this.#trie, states, state, tokens, limit);
    if (few.size >= STATES_KEPT_MAX) few.clear();
    const found = { limit, tokens: isAll ? tokens.sort((a, b) => a - b) : undefined };
    few.set(state, found);
    return found.tokens;
  }

  #forced({ states, forced }: CompiledSchema, state: TextState): readonly number[] {
    const known = forced.get(state);
    if (known !== undefined) return known;
    const bytes = Uint8Array.from(onlyBytes(states, state));
    // A character that is not whole is left away.
    const text = new TextDecoder().decode(bytes, { stream: true });
    const tokens = [...this.#tokenizer.encode([{ kind: 'content', text }])];
    if (forced.size >= STATES_KEPT_MAX) forced.clear();
    forced.set(state, tokens);
    return tokens;
  }
}

function vocabularyOf(tokenizer: Tokenizer): VocabularyBytes {
  const { vocabSize } = tokenizer;
  const pieces = Array.from({ length: vocabSize }, (_, token) => tokenizer.bytesOf(token));
  const ends = new Int32Array(vocabSize);
  let end = 0;
  for (const [token, { length }] of pieces.entries()) {
    end += length;
    ends[token] = end;
  }
  const bytes = new Uint8Array(end);
  for (const [token, piece] of pieces.entries()) bytes.set(piece, ends[token]! - piece.length);
  return { bytes, ends };
}

/** Bytes that must come next, as far as their states can be told: where not, the text that gets there says so. */
function onlyBytes(states: TextStates, from: TextState): number[] {
  const bytes: number[] = [];
  let state: TextState | undefined = from;
  while (state !== undefined && bytes.length < FORCED_BYTES_MAX) {
    const byte = states.onlyByte(state);
    if (byte === undefined) break;
    bytes.push(byte);
    try {
      state = states.step(state, byte);
    } catch (error) {
      if (HeliumError.from(error).code !== 'OPTIONS_INVALID') throw error;
      break;
    }
  }
  return bytes;
}

function stateful(tables: AutomatonTables): CompiledSchema {
  return { states: new TextStates(tables), few: new Map(), forced: new Map() };
}

function onlyFew(tokens: readonly number[] | undefined, limit: number) {
  return tokens !== undefined && tokens.length <= limit ? tokens : undefined;
}

/**
 * Adds every token whose bytes may follow: the two trees are walked together, each way as far as both go.
 * False as soon as there are more than `limit`, or finding them takes too long.
 */
function collect(
  trie: VocabularyTrie,
  states: TextStates,
  start: TextState,
  tokens: number[],
  limit: number,
): boolean {
  const waiting: { readonly node: number; readonly state: TextState }[] = [
    { node: 0, state: start },
  ];
  let readings = 0;
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (let node = trie.child[at.node]!; node !== 0; node = trie.sibling[node]!) {
      const state = states.step(at.state, trie.byte[node]!);
      if (state === undefined) continue;
      readings += state.threads.length;
      for (let token = trie.token[node]!; token >= 0; token = trie.sameBytes[token]!) {
        tokens.push(token);
      }
      if (tokens.length > limit || readings > LISTED_READINGS_MAX) return false;
      if (trie.child[node] !== 0) waiting.push({ node, state });
    }
  }
  return tokens.length <= limit;
}

/** What is found once for each state of a schema's texts. */
interface Findings {
  few(state: TextState, limit: number): readonly number[] | undefined;
  forced(state: TextState): readonly number[];
}

/** Always says what is allowed. */
class SchemaConstraint implements TokenConstraint {
  readonly #states: TextStates;
  readonly #tokenizer: Tokenizer;
  readonly #find: Findings;
  #state: TextState;

  constructor(states: TextStates, tokenizer: Tokenizer, find: Findings, state = states.start) {
    this.#states = states;
    this.#tokenizer = tokenizer;
    this.#find = find;
    this.#state = state;
  }

  get isComplete(): boolean {
    return this.#state.isEnd && !this.#state.canGrow;
  }

  allowed(): AllowedTokens {
    const state = this.#state;
    let readings = 0;
    const count = (more: number) => {
      readings += more;
      if (readings > ASKED_READINGS_MAX) throw tooSlow();
    };
    return {
      has: (token) => {
        if (this.#tokenizer.endTokenIds.has(token)) return state.isEnd;
        if (this.#tokenizer.bytesOf(token).length === 0) return false;
        return this.#after(state, token, count) !== undefined;
      },
      few: (limit) => {
        const tokens = this.#find.few(state, limit);
        if (tokens?.length !== 0) return tokens;
        throw new HeliumError(
          'ENGINE_FAILED',
          'no token of the vocabulary goes on with a text that keeps to the output schema',
        );
      },
    };
  }

  push(token: number): boolean {
    if (this.#tokenizer.endTokenIds.has(token)) return false;
    const after = this.#after(this.#state, token);
    invariant(after !== undefined, `token ${token} does not keep to the output schema`);
    this.#state = after;
    return true;
  }

  forced(): readonly number[] {
    return this.#find.forced(this.#state);
  }

  fork(): TokenConstraint {
    return new SchemaConstraint(this.#states, this.#tokenizer, this.#find, this.#state);
  }

  #after(
    from: TextState,
    token: number,
    count: (readings: number) => void = () => {},
  ): TextState | undefined {
    let state: TextState | undefined = from;
    for (const byte of this.#tokenizer.bytesOf(token)) {
      state = this.#states.step(state, byte);
      if (state === undefined) return undefined;
      count(state.threads.length);
    }
    return state;
  }
}

function tooSlow(): HeliumError {
  const message = `the output schema: more than ${ASKED_READINGS_MAX} readings before one token: its alternatives begin too much alike`;
  return new HeliumError('OPTIONS_INVALID', message);
}
