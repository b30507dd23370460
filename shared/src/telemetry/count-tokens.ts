import type { Counter } from '@opentelemetry/api';
import type { CallUsage } from '../call.ts';

/** Adds a call's tokens to a counter labelled by `kind`. */
export function countTokens(counter: Counter, usage: CallUsage): void {
  counter.add(usage.promptTokens, { kind: 'prompt' });
  counter.add(usage.prefilledTokens, { kind: 'prefilled' });
  counter.add(usage.reusedTokens, { kind: 'reused' });
  counter.add(usage.outputTokens, { kind: 'generated' });
}
