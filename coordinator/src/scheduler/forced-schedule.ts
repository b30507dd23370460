import type { Instance, PinnedCall } from './instance.ts';

/**
 * Whether every schedule of the calls that are not pinned comes to the same: each stays on its worker, as bound
 * or because there is one, and those of a worker wait for one another in a chain. Then there is nothing to look
 * for. Chains that go through calls of other workers are not seen. O(calls + dependencies).
 */
export function isForced(
  { calls, workers }: Instance,
  pinned: readonly PinnedCall[],
  bound: readonly PinnedCall[],
): boolean {
  const pins = new Set(pinned.map(({ call }) => call));
  const workerOf = new Map(bound.map(({ call, worker }) => [call, worker]));
  const lastOf = new Map<number, number>();
  return calls.every(({ deps }, call) => {
    if (pins.has(call)) return true;
    const worker = workers === 1 ? 0 : workerOf.get(call);
    if (worker === undefined) return false;
    const last = lastOf.get(worker);
    lastOf.set(worker, call);
    return last === undefined || deps.includes(last);
  });
}
