import { HeliumError, invariant } from '@helium/shared';
import { parseJsonSchema } from '@helium/shared/json-schema';
import type { Tokenizer } from '@helium/shared/tokenizer';
import type { TokenConstraint } from '../../batching/step-executor.ts';
import { buildJsonAutomaton } from './json-automaton.ts';
import { type TextState, TextStates } from './text-states.ts';
import { TokenSet } from './token-set.ts';
import { VocabularyTrie } from './vocabulary-trie.ts';

/** Compiled schemas that are kept, those not used for longest going first. */
const SCHEMAS_MAX = 16;

/** Token sets of one schema that are kept, 6 KiB each for 49k tokens. */
const SETS_MAX = 512;

/** What the constraints of one schema share: states of texts, and the tokens that may follow each. */
interface CompiledSchema {
  readonly states: TextStates;
  sets: Map<TextState, TokenSet>;
}

/**
 * Makes constraints that keep a generation to a JSON Schema, for one tokenizer. A schema is compiled once;
 * the tokens that may follow a state of the text are found once, by going through the vocabulary's
 * tree and the states beside each other.
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
    return new SchemaConstraint(compiled, this.#tokenizer, (state) =>
      this.#allowed(compiled, state),
    );
  }

  #allowed(compiled: CompiledSchema, state: TextState): TokenSet {
    const known = compiled.sets.get(state);
    if (known !== undefined) return known;
    if (compiled.sets.size >= SETS_MAX) compiled.sets = new Map();
    const { vocabSize, endTokenIds } = this.#tokenizer;
    this.#trie ??= new VocabularyTrie(vocabSize, (token) => this.#tokenizer.bytesOf(token));
    const allowed = new TokenSet(vocabSize);
    collect(this.#trie, compiled.states, state, allowed);
    if (state.isEnd) for (const token of endTokenIds) allowed.add(token);
    compiled.sets.set(state, allowed);
    return allowed;
  }
}

function compile(schema: string): CompiledSchema {
  const parsed = parseJsonSchema(schema);
  if ('faults' in parsed) {
    const { faults } = parsed;
    const list = faults.map(({ field, message }) => `${field} ${message}`).join('; ');
    throw new HeliumError('OPTIONS_INVALID', `the output schema: ${list}`, { faults });
  }
  const { automaton, start } = buildJsonAutomaton(parsed.grammar);
  return { states: new TextStates(automaton, start), sets: new Map() };
}

/** Every token whose bytes may follow: the two trees are walked together, each way as far as both go. */
function collect(
  trie: VocabularyTrie,
  states: TextStates,
  start: TextState,
  allowed: TokenSet,
): void {
  const waiting: { readonly node: number; readonly state: TextState }[] = [
    { node: 0, state: start },
  ];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (let node = trie.child[at.node]!; node !== 0; node = trie.sibling[node]!) {
      const state = states.step(at.state, trie.byte[node]!);
      if (state === undefined) continue;
      for (let token = trie.token[node]!; token >= 0; token = trie.sameBytes[token]!) {
        allowed.add(token);
      }
      if (trie.child[node] !== 0) waiting.push({ node, state });
    }
  }
}

class SchemaConstraint implements TokenConstraint {
  readonly #compiled: CompiledSchema;
  readonly #tokenizer: Tokenizer;
  readonly #allowed: (state: TextState) => TokenSet;
  #state: TextState;

  constructor(
    compiled: CompiledSchema,
    tokenizer: Tokenizer,
    allowed: (state: TextState) => TokenSet,
  ) {
    this.#compiled = compiled;
    this.#tokenizer = tokenizer;
    this.#allowed = allowed;
    this.#state = compiled.states.start;
  }

  get isComplete(): boolean {
    return this.#state.isEnd && !this.#state.canGrow;
  }

  allowed(): TokenSet {
    const allowed = this.#allowed(this.#state);
    if (allowed.size > 0) return allowed;
    throw new HeliumError(
      'ENGINE_FAILED',
      'no token of the vocabulary goes on with a text that keeps to the output schema',
    );
  }

  push(token: number): void {
    let state: TextState | undefined = this.#state;
    for (const byte of this.#tokenizer.bytesOf(token)) {
      state = this.#compiled.states.step(state, byte);
      invariant(state !== undefined, `token ${token} does not keep to the output schema`);
    }
    this.#state = state;
  }
}
