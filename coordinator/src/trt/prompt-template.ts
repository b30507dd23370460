import { HeliumError } from '@helium/shared';

/** Number of a call, unique among all calls of a tree; a non-negative safe integer. */
export type CallKey = number;

export type TemplateItem =
  /**
   * Token ids that are known at planning time: any 32-bit integers, so that numbers below 0 can set
   * prompts apart that must not share.
   */
  | { readonly kind: 'tokens'; readonly tokens: Int32Array }
  /** The whole output of another call, unknown until that call has run. */
  | { readonly kind: 'output'; readonly call: CallKey };

/**
 * A prompt with holes. In normal form: no run of tokens is empty and no two runs touch, so that
 * equal prompts have equal items. Only `promptTemplate` makes them.
 */
export interface PromptTemplate {
  readonly items: readonly TemplateItem[];
}

/** Brings items to normal form. Copies tokens only where runs touch. Throws INVARIANT_BROKEN. */
export function promptTemplate(items: readonly TemplateItem[]): PromptTemplate {
  const normal: TemplateItem[] = [];
  for (const item of items) {
    const last = normal.at(-1);
    if (item.kind === 'output') {
      requireCallKey(item.call);
      normal.push(item);
    } else if (last?.kind === 'tokens') {
      normal[normal.length - 1] = { kind: 'tokens', tokens: concatenate(last.tokens, item.tokens) };
    } else if (item.tokens.length > 0) {
      normal.push(item);
    }
  }
  return { items: normal };
}

/** Calls whose outputs the prompt contains, ascending, each once. */
export function referencedCalls(template: PromptTemplate): CallKey[] {
  const calls = template.items.flatMap((item) => (item.kind === 'output' ? [item.call] : []));
  return [...new Set(calls)].sort((a, b) => a - b);
}

/** Known tokens of the prompt, the holes not counted. */
export function staticTokens(template: PromptTemplate): number {
  return template.items.reduce((sum, i) => sum + (i.kind === 'tokens' ? i.tokens.length : 0), 0);
}

/** Throws INVARIANT_BROKEN unless `call` can be a key. */
export function requireCallKey(call: CallKey): void {
  if (Number.isSafeInteger(call) && call >= 0) return;
  throw new HeliumError('INVARIANT_BROKEN', `call key ${call} is not a non-negative integer`);
}

function concatenate(a: Int32Array, b: Int32Array): Int32Array {
  const joined = new Int32Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
