import { HeliumError, invariant } from '@helium/shared';
import { parseJsonSchema } from '@helium/shared/json-schema';
import type { Tokenizer } from '@helium/shared/tokenizer';
import type { AllowedTokens, TokenConstraint } from '../../batching/step-executor.ts';
import { buildJsonAutomaton } from './json-automaton.ts';
import { type TextState, TextStates } from './text-states.ts';
import { VocabularyTrie } from './vocabulary-trie.ts';

/** Compiled schemas that are kept, those not used for longest going first. */
const SCHEMAS_MAX = 16;

/** States of one schema whose few tokens are remembered. */
const STATES_KEPT_MAX = 4096;

/** What the constraints of one schema share: states of texts, and the tokens that may follow each. */
interface CompiledSchema {
  readonly states: TextStates;
  readonly few: Map<TextState, FewTokens>;
}

/** The tokens that may follow, or that there are more than `limit`. */
interface FewTokens {
  readonly limit: number;
  readonly tokens: readonly number[] | undefined;
}

/**
 * Makes constraints that keep a generation to a JSON Schema, for one tokenizer. A schema is compiled once.
 * Whether a token may follow is found by its bytes; where few may, which ones, by going through the
 * vocabulary's tree and the states beside each other, once for each state.
 */
export class SchemaConstraints {
  readonly #tokenizer: Tokenizer;
  readonly #compiled = new Map<string, CompiledSchema>();
  #trie: VocabularyTrie | undefined;

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
  }

  /** For one generation. Throws OPTIONS_INVALID for a schema that cannot be kept to. */
  open(schema: string): TokenConstraint {
    const compiled = this.#compiled.get(schema) ?? compile(schema);
    this.#compiled.delete(schema);
    this.#compiled.set(schema, compiled);
    if (this.#compiled.size > SCHEMAS_MAX) {
      this.#compiled.delete(this.#compiled.keys().next().value!);
    }
    return new SchemaConstraint(compiled.states, this.#tokenizer, (state, limit) =>
      this.#few(compiled, state, limit),
    );
  }

  #few({ states, few }: CompiledSchema, state: TextState, limit: number) {
    const known = few.get(state);
    if (known !== undefined && known.limit >= limit) return onlyFew(known.tokens, limit);
    const { vocabSize, endTokenIds } = this.#tokenizer;
    this.#trie ??= new VocabularyTrie(vocabSize, (token) => this.#tokenizer.bytesOf(token));
    const tokens = state.isEnd ? [...endTokenIds] : [];
    const isAll = collect(this.#trie, states, state, tokens, limit);
    if (few.size >= STATES_KEPT_MAX) few.clear();
    const found = { limit, tokens: isAll ? tokens.sort((a, b) => a - b) : undefined };
    few.set(state, found);
    return found.tokens;
  }
}

function onlyFew(tokens: readonly number[] | undefined, limit: number) {
  return tokens !== undefined && tokens.length <= limit ? tokens : undefined;
}

function compile(schema: string): CompiledSchema {
  const parsed = parseJsonSchema(schema);
  if ('faults' in parsed) {
    const { faults } = parsed;
    const list = faults.map(({ field, message }) => `${field} ${message}`).join('; ');
    throw new HeliumError('OPTIONS_INVALID', `the output schema: ${list}`, { faults });
  }
  const { automaton, start } = buildJsonAutomaton(parsed.grammar);
  return { states: new TextStates(automaton, start), few: new Map() };
}

/**
 * Adds every token whose bytes may follow: the two trees are walked together, each way as far as both go.
 * False as soon as there are more than `limit`.
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
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (let node = trie.child[at.node]!; node !== 0; node = trie.sibling[node]!) {
      const state = states.step(at.state, trie.byte[node]!);
      if (state === undefined) continue;
      for (let token = trie.token[node]!; token >= 0; token = trie.sameBytes[token]!) {
        tokens.push(token);
      }
      if (tokens.length > limit) return false;
      if (trie.child[node] !== 0) waiting.push({ node, state });
    }
  }
  return tokens.length <= limit;
}

type FindFew = (state: TextState, limit: number) => readonly number[] | undefined;

class SchemaConstraint implements TokenConstraint {
  readonly #states: TextStates;
  readonly #tokenizer: Tokenizer;
  readonly #few: FindFew;
  #state: TextState;

  constructor(states: TextStates, tokenizer: Tokenizer, few: FindFew) {
    this.#states = states;
    this.#tokenizer = tokenizer;
    this.#few = few;
    this.#state = states.start;
  }

  get isComplete(): boolean {
    return this.#state.isEnd && !this.#state.canGrow;
  }

  allowed(): AllowedTokens {
    const state = this.#state;
    return {
      has: (token) => {
        if (this.#tokenizer.endTokenIds.has(token)) return state.isEnd;
        return this.#tokenizer.bytesOf(token).length > 0 && this.#after(state, token) !== undefined;
      },
      few: (limit) => {
        const tokens = this.#few(state, limit);
        if (tokens?.length !== 0) return tokens;
        throw new HeliumError(
          'ENGINE_FAILED',
          'no token of the vocabulary goes on with a text that keeps to the output schema',
        );
      },
    };
  }

  push(token: number): void {
    const after = this.#after(this.#state, token);
    invariant(after !== undefined, `token ${token} does not keep to the output schema`);
    this.#state = after;
  }

  #after(from: TextState, token: number): TextState | undefined {
    let state: TextState | undefined = from;
    for (const byte of this.#tokenizer.bytesOf(token)) {
      state = this.#states.step(state, byte);
      if (state === undefined) return undefined;
    }
    return state;
  }
}
