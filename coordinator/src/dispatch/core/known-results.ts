import type { KnownResult } from '../../journal/run-records.ts';
import type { CallOwner } from './live-call.ts';

/** What a node came to, for the day its run is resumed. */
export function resultOf(
  { run, node }: CallOwner,
  came: Pick<KnownResult, 'text' | 'source'> & {
    readonly [K in 'logprobs' | 'usage' | 'missReason']?: KnownResult[K] | undefined;
  },
): KnownResult {
  const { operator, rows } = run.node(node);
  const { text, source, logprobs, usage, missReason } = came;
  return {
    ...{ operator, row: rows[0] ?? 0, text, source, prefetched: run.prefetched },
    ...(logprobs === undefined ? {} : { logprobs }),
    ...(usage === undefined ? {} : { usage }),
    ...(missReason === undefined ? {} : { missReason }),
  };
}
