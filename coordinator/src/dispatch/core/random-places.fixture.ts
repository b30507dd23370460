import type { Prng, SequenceBlockHash, WorkerId } from '@helium/shared';
import type { WorkerRegistry } from '../../cluster/index.ts';
import type { NodeAction } from '../../plan/physical-plan.ts';
import type { NodeRef, Place, StaticPrefix, WorkerSequence } from './core-event.ts';

/** Nine of ten of the calls, in any order on any workers of their models. */
export function randomPlaces(
  registry: WorkerRegistry,
  open: readonly NodeRef[],
  actionOf: (call: NodeRef) => NodeAction | undefined,
  random: Prng,
): WorkerSequence[] {
  const places = new Map<WorkerId, Place[]>();
  const prefixes = ['a', 'b'].map((name): StaticPrefix => {
    const hashes = [`${name}1`, `${name}2`] as SequenceBlockHash[];
    return { tokens: Int32Array.of(1, 2, 3), cacheSalt: 's', hashes };
  });
  for (const ref of open) {
    const action = actionOf(ref);
    if (action?.kind !== 'call' || random() < 0.1) continue;
    const workers = registry.ready(action.operator.model);
    const worker = workers[Math.floor(random() * workers.length)]?.identity.workerId;
    if (worker === undefined) continue;
    const prefix = prefixes[ref.node % 3];
    const prefixList = prefix === undefined ? [] : [prefix];
    const tokens = { outputTokens: 2, outputSpread: 1, promptTokens: 10 };
    const place = { ...ref, prefixes: prefixList, ...tokens, group: 0 };
    const list = places.get(worker);
    if (list === undefined) places.set(worker, [place]);
    else list.splice(Math.floor(random() * (list.length + 1)), 0, place);
  }
  return [...places].map(([worker, list]) => ({ worker, places: list }));
}
