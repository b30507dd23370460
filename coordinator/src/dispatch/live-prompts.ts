import { HeliumError, invariant, type RunId, type TenantId } from '@helium/shared';
import { authoredId, type LlmOperator, modelName } from '../plan/index.ts';
import { type CallKey, promptTemplate, TemplatedRadixTree } from '../trt/index.ts';
import type { NodeRef } from './core/core-event.ts';
import { isForeseen } from './growing-plan.ts';
import type { OutputProfiles } from './output-profiles.ts';
import type { Pacer } from './pacer.ts';
import { callsBefore, type NodeLookup, segmentedMessages } from './prompt-pieces.ts';
import type { PromptTokenizer, TokenizedPrompt } from './prompt-tokens.ts';

/** A call in a tree. */
export interface LivePrompt extends NodeRef {
  readonly key: CallKey;
  readonly operator: LlmOperator;
  readonly workflow: string;
  /** First of the rows it stands for. */
  readonly row: number;
  /** The operator as its author wrote it: whose lengths are expected. */
  readonly profiled: LlmOperator;
  /** Output tokens: expected, then as they were. */
  outputTokens: number;
  /** Their standard deviation while they are expected. */
  outputSpread: number;
  /** The tokens before its first hole are a true prefix of the prompt. */
  readonly exact: boolean;
  /** Of a call that is only expected: it counts in schedules and is never run. */
  readonly isForeseen: boolean;
  /** All of the prompt's tokens; undefined while a part is not known. */
  readonly promptTokens: number | undefined;
}

/** A run whose prompts are to be known. */
export interface PromptRun {
  readonly id: RunId;
  readonly tenant: TenantId;
  /** Its `profileScope`. */
  readonly workflow: string;
  readonly nodeOf: NodeLookup;
  /** LLM operators as their author wrote them, by the id he gave: whose profiles they have. */
  readonly authored: ReadonlyMap<string, LlmOperator>;
}

/** What prompts are made with. */
export interface PromptMaking {
  readonly tokenizerOf: (model: string) => PromptTokenizer;
  /** Tokens of a prompt at most; undefined when not known. */
  readonly contextOf: (model: string) => number | undefined;
  readonly profiles: OutputProfiles;
  readonly pacer: Pacer;
}

/** Of a text that a function will make. */
const UNKNOWN_OUTPUT_TOKENS = 64;

/**
 * The prompts of all live runs, in one templated radix tree per model. The first token of every prompt
 * is a number below 0 for its tenant, so that tenants, whose KV is apart, share no prefix.
 */
export class LivePrompts {
  readonly #trees = new Map<string, TemplatedRadixTree>();
  readonly #prompts = new Map<CallKey, LivePrompt>();
  readonly #keys = new Map<RunId, Map<number, CallKey>>();
  readonly #foreseen = new Map<CallKey, NodeRef>();
  readonly #tenants = new Map<TenantId, number>();
  readonly #separateTenants: boolean;
  #nextKey = 0;

  /** Without separate tenants, for looking at one run alone, tokens are the prompts' own from the first. */
  constructor(options: { readonly separateTenants: boolean }) {
    this.#separateTenants = options.separateTenants;
  }

  /**
   * Inserts calls of a run. Throws PROMPT_TOO_LONG, with a fault for every call whose known part alone is
   * longer than its model takes; then nothing of the run stays inserted.
   */
  async addCalls(run: PromptRun, calls: readonly number[], making: PromptMaking): Promise<void> {
    const faults = [];
    try {
      for (const node of calls) {
        const fault = this.#add(run, node, making);
        if (fault !== undefined && !isForeseen(node)) faults.push(fault);
        await making.pacer.breathe();
      }
    } catch (error) {
      this.removeRun(run.id);
      throw error;
    }
    if (faults.length === 0) return;
    this.removeRun(run.id);
    throw new HeliumError('PROMPT_TOO_LONG', faults.map(({ message }) => message).join('; '), {
      faults,
    });
  }

  /** Of these calls, puts those that are in a tree there anew: more is known of their prompts. */
  renewCalls(run: PromptRun, calls: readonly number[], making: PromptMaking): void {
    for (const node of calls) {
      if (this.find({ run: run.id, node }) === undefined) continue;
      this.removeCall({ run: run.id, node });
      this.#add(run, node, making);
    }
  }

  /** Calls of runs that are only expected. */
  get foreseenCalls(): readonly NodeRef[] {
    return [...this.#foreseen.values()];
  }

  #add(run: PromptRun, node: number, making: PromptMaking) {
    const action = run.nodeOf(node)?.action;
    invariant(action?.kind === 'call', `node ${node} has no prompt`);
    const { operator } = action;
    const prompt = making.tokenizerOf(operator.model)(segmentedMessages(run.nodeOf, node));
    const contextTokens = making.contextOf(operator.model);
    const fault = tooLong(run, node, prompt, { model: operator.model, contextTokens });
    if (fault === undefined) this.#insert(run, node, operator, prompt, making);
    return fault;
  }

  /** By node of the run; calls that are only named have one, too. */
  #keysOf(run: RunId): Map<number, CallKey> {
    const known = this.#keys.get(run);
    if (known !== undefined) return known;
    const keys = new Map<number, CallKey>();
    this.#keys.set(run, keys);
    return keys;
  }

  /** The call is done or needs no place any more. Its output tokens stay known. */
  removeCall({ run, node }: NodeRef, outputTokens?: number): void {
    const key = this.#keys.get(run)?.get(node);
    const prompt = key === undefined ? undefined : this.#prompts.get(key);
    if (prompt === undefined) return;
    if (outputTokens !== undefined) prompt.outputTokens = Math.max(1, outputTokens);
    const tree = this.#trees.get(prompt.operator.model);
    if (tree?.has(prompt.key)) tree.remove(prompt.key);
    this.#foreseen.delete(prompt.key);
  }

  removeRun(run: RunId): void {
    for (const [node, key] of this.#keys.get(run) ?? []) {
      this.removeCall({ run, node });
      this.#prompts.delete(key);
    }
    this.#keys.delete(run);
    for (const [model, tree] of this.#trees) if (tree.callCount === 0) this.#trees.delete(model);
  }

  /** undefined for a call that is in no tree. */
  find({ run, node }: NodeRef): LivePrompt | undefined {
    const key = this.#keys.get(run)?.get(node);
    const prompt = key === undefined ? undefined : this.#prompts.get(key);
    const isPlaced = prompt && this.#trees.get(prompt.operator.model)?.has(prompt.key);
    return isPlaced ? prompt : undefined;
  }

  treeOf(model: string): TemplatedRadixTree | undefined {
    return this.#trees.get(model);
  }

  /** The tokens an output takes in others' prompts. */
  outputTokensOf(key: CallKey): number {
    return this.#prompts.get(key)?.outputTokens ?? UNKNOWN_OUTPUT_TOKENS;
  }

  #insert(
    run: PromptRun,
    node: number,
    operator: LlmOperator,
    prompt: TokenizedPrompt,
    making: PromptMaking,
  ): void {
    const keys = this.#keysOf(run.id);
    const keyOf = (number: number) => {
      const known = keys.get(number);
      if (known !== undefined) return known;
      const made = this.#nextKey++;
      keys.set(number, made);
      return made;
    };
    const key = keyOf(node);
    const template = promptTemplate([
      { kind: 'tokens', tokens: this.#tenantTokens(run.tenant) },
      ...prompt.items.map((item) =>
        item.kind === 'hole' ? ({ kind: 'output', call: keyOf(item.node) } as const) : item,
      ),
    ]);
    const after = callsBefore(run.nodeOf, node).map(keyOf);
    this.#tree(operator.model).insert({ key, template, after });
    const profiled = run.authored.get(authoredId(operator.id)) ?? operator;
    this.#prompts.set(key, {
      key,
      run: run.id,
      node,
      operator,
      workflow: run.workflow,
      row: run.nodeOf(node)?.rows[0] ?? 0,
      profiled,
      ...making.profiles.expected(run.workflow, profiled),
      exact: prompt.exact,
      promptTokens: knownTokens(prompt),
      isForeseen: isForeseen(node),
    });
    if (isForeseen(node)) this.#foreseen.set(key, { run: run.id, node });
  }

  #tree(model: string): TemplatedRadixTree {
    const known = this.#trees.get(model);
    if (known !== undefined) return known;
    const tree = new TemplatedRadixTree();
    this.#trees.set(model, tree);
    return tree;
  }

  #tenantTokens(tenant: TenantId): Int32Array {
    if (!this.#separateTenants) return new Int32Array(0);
    const number = this.#tenants.get(tenant) ?? -1 - this.#tenants.size;
    this.#tenants.set(tenant, number);
    return Int32Array.of(number);
  }
}

/** Expects of a call what is known of its operator now. */
export function renewLength(prompt: LivePrompt, profiles: OutputProfiles): void {
  Object.assign(prompt, profiles.expected(prompt.workflow, prompt.profiled));
}

function tooLong(
  run: PromptRun,
  node: number,
  prompt: TokenizedPrompt,
  served: { readonly model: string; readonly contextTokens: number | undefined },
) {
  const { model, contextTokens } = served;
  const known = prompt.items.reduce(
    (sum, item) => sum + (item.kind === 'tokens' ? item.tokens.length : 0),
    0,
  );
  if (contextTokens === undefined || known < contextTokens || !prompt.exact) return undefined;
  const { operator, rows } = run.nodeOf(node) ?? { operator: '?', rows: [] };
  const atLeast = knownTokens(prompt) === undefined ? 'at least ' : '';
  const more = rows.length > 1 ? ` and ${rows.length - 1} more` : '';
  return {
    field: `operator "${operator}"`,
    message:
      `operator "${operator}", row ${rows[0] ?? '?'}${more}: prompt is ${atLeast}${known} tokens, ` +
      `model "${modelName(model)}" takes ${contextTokens} for prompt and output together`,
  };
}

function knownTokens({ items }: TokenizedPrompt): number | undefined {
  const [only] = items;
  return items.length === 1 && only?.kind === 'tokens' ? only.tokens.length : undefined;
}
