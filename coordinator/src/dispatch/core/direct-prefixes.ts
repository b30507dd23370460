import type { ResidencyIndex, WorkerRegistry } from '../../cluster/index.ts';
import type { Effect } from './core-event.ts';
import type { PrefixUses } from './prefix-uses.ts';

/** Share of a worker's KV that may be asked for ahead of any call. */
const PREFETCH_SHARE = 0.5;

/** What workers are to be told of their prefixes since the last time: when used next, what to compute. */
export function directPrefixes(
  prefixes: PrefixUses,
  registry: WorkerRegistry,
  residency: ResidencyIndex,
): Effect[] {
  return prefixes.takeChanged().flatMap((worker): Effect[] => {
    const attached = registry.find(worker);
    const isGoing = attached?.state === 'draining' && !attached.stays;
    if (attached === undefined || isGoing) return [];
    const directives = [
      ...prefixes.takePrefetches(
        worker,
        attached.identity.kvTokens * PREFETCH_SHARE,
        ({ hashes }) => !residency.isResident(worker, hashes),
      ),
      ...prefixes.takeDirectives(worker),
    ];
    return directives.length === 0 ? [] : [{ kind: 'sendDirectives', worker, directives }];
  });
}
