import { HeliumError, isWholeNumber } from '@helium/shared';

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

/** A prompt with holes. No run of tokens is empty; runs may touch. Only `promptTemplate` makes them. */
export interface PromptTemplate {
  readonly items: readonly TemplateItem[];
}

/** Copies no tokens. Throws INVARIANT_BROKEN. */
export function promptTemplate(items: readonly TemplateItem[]): PromptTemplate {
  for (const item of items) if (item.kind === 'output') requireCallKey(item.call);
  const isEmpty = (item: TemplateItem) => item.kind === 'tokens' && item.tokens.length === 0;
  return { items: items.some(isEmpty) ? items.filter((item) => !isEmpty(item)) : items };
}

/** Throws INVARIANT_BROKEN unless `call` can be a key. */
export function requireCallKey(call: CallKey): void {
  if (isWholeNumber(call)) return;
  throw new HeliumError('INVARIANT_BROKEN', `call key ${call} is not a non-negative integer`);
}
