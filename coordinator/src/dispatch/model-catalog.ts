import { HeliumError, type WorkerIdentity } from '@helium/shared';
import {
  createTokenizer,
  type Tokenizer,
  type TokenizerSpec,
  tokenizerDigest,
} from '@helium/shared/tokenizer';
import { modelName, modelVersion } from '../plan/index.ts';
import { modelTokenizer, type PromptTokenizer } from './prompt-tokens.ts';
import { NO_TOKENIZER_STORE, type TokenizerStore } from './tokenizer-store.ts';

/** What workers said of a version of a model. It outlives them, so that runs can be planned while they restart. */
export interface ModelFacts {
  readonly tokenizerDigest: string;
  readonly contextTokens: number;
}

interface KnownTokenizer {
  readonly tokenizer: Tokenizer;
  readonly prompts: PromptTokenizer;
}

/** Tokenizers kept of no model served now or earlier: of workers that are about to attach. */
const UNNAMED_MAX = 4;

/** Versions kept under a name: of workers that were replaced, or are mixed. */
const VERSIONS_MAX = 4;

/** The models served now or earlier, and their tokenizers, which workers bring and the store keeps. */
export class ModelCatalog {
  /** By version; the one noted last is the last. */
  readonly #models = new Map<string, ModelFacts>();
  readonly #tokenizers = new Map<string, KnownTokenizer>();
  readonly #store: TokenizerStore;
  readonly #readyWorkers: (version: string) => number;

  /** `readyWorkers`: how many take new calls of a version and go on to. */
  constructor(
    store: TokenizerStore = NO_TOKENIZER_STORE,
    readyWorkers: (version: string) => number = () => 0,
  ) {
    this.#store = store;
    this.#readyWorkers = readyWorkers;
  }

  /** A worker serves the model from now on. */
  note({ model, modelDigest, tokenizerDigest, contextTokens }: WorkerIdentity): void {
    const version = modelVersion(model, modelDigest);
    this.#models.delete(version);
    this.#models.set(version, { tokenizerDigest, contextTokens });
    for (const old of this.#versionsOf(model).slice(0, -VERSIONS_MAX)) this.#models.delete(old);
    this.#closeUnnamed();
  }

  /** Ascending. */
  get names(): string[] {
    return [...new Set([...this.#models.keys()].map(modelName))].sort();
  }

  /**
   * The version that new runs of the name are planned for: the one that most workers take calls of; of several such,
   * and of none, the one whose worker came last. The name itself where nobody ever served it.
   */
  current(name: string): string {
    let [best, most] = [name, 0];
    for (const version of this.#versionsOf(name)) {
      const ready = this.#readyWorkers(version);
      if (ready >= most) [best, most] = [version, ready];
    }
    return best;
  }

  find(version: string): ModelFacts | undefined {
    return this.#models.get(version);
  }

  /** In the order in which workers of them came last. */
  #versionsOf(name: string): string[] {
    return [...this.#models.keys()].filter((version) => modelName(version) === name);
  }

  /** Opens one that is kept. Throws as `createTokenizer`. */
  hasTokenizer(digest: string): boolean {
    if (this.#tokenizers.has(digest)) return true;
    const kept = this.#store.find(digest);
    if (kept !== undefined) this.#open(digest, kept);
    return kept !== undefined;
  }

  /** Opens the kept tokenizer that was used last: likely the next worker's. Throws as `createTokenizer`. */
  prepare(): void {
    const digest = this.#store.latest();
    if (digest !== undefined) this.hasTokenizer(digest);
  }

  /** Throws MODEL_INVALID when the spec has another digest, MODEL_UNSUPPORTED as `createTokenizer`. */
  addTokenizer(digest: string, spec: TokenizerSpec): void {
    const actual = tokenizerDigest(spec);
    if (actual !== digest) {
      const message = `tokenizer: announced with digest ${digest}, came with ${actual}`;
      throw new HeliumError('MODEL_INVALID', message);
    }
    this.#open(digest, spec);
    this.#store.keep(digest, spec);
  }

  /** One that is made already. */
  useTokenizer(tokenizer: Tokenizer): void {
    this.#tokenizers.set(tokenizer.digest, { tokenizer, prompts: modelTokenizer(tokenizer) });
    this.#closeUnnamed();
  }

  /** Models change for as long as this process lives, and a tokenizer takes tens of MiB. */
  #closeUnnamed(): void {
    const named = new Set([...this.#models.values()].map(({ tokenizerDigest: digest }) => digest));
    const unnamed = [...this.#tokenizers.keys()].filter((digest) => !named.has(digest));
    for (const digest of unnamed.slice(0, -UNNAMED_MAX)) this.#tokenizers.delete(digest);
  }

  tokenizerOf(version: string): KnownTokenizer | undefined {
    const facts = this.#models.get(version);
    return facts === undefined ? undefined : this.#tokenizers.get(facts.tokenizerDigest);
  }

  /** The tokenizer that was opened last, remembering texts of its own. */
  newestPrompts(): PromptTokenizer | undefined {
    const newest = [...this.#tokenizers.values()].at(-1);
    return newest && modelTokenizer(newest.tokenizer);
  }

  #open(digest: string, spec: TokenizerSpec): void {
    this.useTokenizer(createTokenizer(spec, digest));
  }
}
