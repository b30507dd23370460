import type { Example } from './example.ts';
import { tradingExample } from './trading/index.ts';

export type { Example } from './example.ts';

/** What can be run by name. */
export const EXAMPLES: Readonly<Record<string, Example>> = {
  trading: tradingExample,
};
