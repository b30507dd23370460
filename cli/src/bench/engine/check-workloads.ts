import { BATCHES, type Workloads } from '@helium/bench/engine';
import { type Fault, HeliumError } from '@helium/shared';
import {
  decodeCalls,
  mapReduceCalls,
  prefillCalls,
  sharedCalls,
  type WorkloadCall,
} from './workload-calls.ts';

/** What a model takes: token ids below `vocab`, prompts and outputs up to `contextTokens`. */
export interface ModelLimits {
  readonly vocab: number;
  readonly contextTokens: number;
}

/**
 * Throws FILE_INVALID with every list that has a token which the model has not, and every workload with a
 * call that is longer than its context: found out while it is measured, it would have cost minutes.
 */
export function checkWorkloads(path: string, workloads: Workloads, limits: ModelLimits): void {
  const faults = [...tokenFaults(workloads, limits), ...lengthFaults(workloads, limits)];
  const [first] = faults;
  if (first === undefined) return;
  const message = `workloads ${path}: ${first.field} ${first.message}`;
  throw new HeliumError('FILE_INVALID', message, { faults });
}

function tokenFaults(workloads: Workloads, { vocab }: ModelLimits): Fault[] {
  return Object.entries(workloads).flatMap(([field, list]) => {
    const unknown = [list].flat(2).find((token: unknown) => Number(token) >= vocab);
    if (unknown === undefined) return [];
    return [{ field, message: `has token ${unknown}, the model has 0 to ${vocab - 1}` }];
  });
}

function lengthFaults(workloads: Workloads, { contextTokens }: ModelLimits): Fault[] {
  const lists = {
    'workload a': prefillCalls(workloads),
    'workload b': decodeCalls(workloads, BATCHES.at(-1)!),
    'workload c': sharedCalls(workloads),
    'workload d': mapReduceCalls(workloads),
  };
  return Object.entries(lists).flatMap(([field, calls]) => {
    const longest = Math.max(...calls.map((call) => lengthOf(call, calls)));
    if (longest <= contextTokens) return [];
    const message = `has a call of ${longest} tokens with its output, the context is ${contextTokens}`;
    return [{ field, message }];
  });
}

function lengthOf({ parts, newTokens }: WorkloadCall, calls: readonly WorkloadCall[]): number {
  const lengths = parts.map((part) =>
    'outputOf' in part ? calls[part.outputOf]!.newTokens : part.length,
  );
  return lengths.reduce((sum, length) => sum + length, newTokens);
}
