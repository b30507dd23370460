import { HeliumError, type RunEvent } from '@helium/shared';
import {
  type KnownResult,
  nodeKey,
  type PlanBasis,
  type RunEntry,
  type RunHead,
  type RunRequest,
  readAccepted,
  readEntry,
  type StoredRun,
} from '../journal/index.ts';

/** What is known of a run's execution before the coordinator started anew. */
export interface RunPast {
  /** Absent where it was not planned. */
  readonly basis?: PlanBasis;
  /** What the prompt cache had for what nodes became, by `nodeKey`. */
  readonly expansions: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** By `nodeKey`. */
  readonly results: ReadonlyMap<string, KnownResult>;
}

/** A run as its journal has it. */
export interface RestoredRun {
  readonly head: RunHead;
  /** Throws PROTOCOL_INCOMPATIBLE where another version wrote it, STORE_UNAVAILABLE where a part cannot be read. */
  readonly readRequest: () => RunRequest;
  readonly events: readonly RunEvent[];
  /** Cursors up to this one may have been given to deltas; 0: none. */
  readonly reserved: number;
  readonly past: RunPast;
  readonly isEnded: boolean;
}

/** Which cursors were given out is not known, but none as large as this. */
const CURSORS_UNKNOWN = 2 ** 32;

export function restoreRun({ accepted, entries: lines, damage: lost }: StoredRun): RestoredRun {
  const { head, readRequest } = readAccepted(accepted);
  const events: RunEvent[] = [];
  const expansions = new Map<string, ReadonlyMap<string, string>>();
  const results = new Map<string, KnownResult>();
  let basis: PlanBasis | undefined;
  let reserved = 0;
  const take: { [K in RunEntry['kind']]: (entry: Extract<RunEntry, { kind: K }>) => void } = {
    event: ({ event }) => void events.push(event),
    cursors: ({ upTo }) => {
      reserved = upTo;
    },
    planned: (entry) => {
      basis = entry.basis;
    },
    expanded: ({ node, hits }) => void expansions.set(node, hits),
    result: ({ result }) => void results.set(nodeKey(result.operator, result.row), result),
  };
  let damage: HeliumError | undefined;
  if (lost !== undefined) {
    damage = new HeliumError('STORE_UNAVAILABLE', `run "${head.id}": ${lost}`);
    reserved = CURSORS_UNKNOWN;
  }
  for (const line of lines) {
    try {
      const entry = readEntry(line);
      (take[entry.kind] as ((entry: RunEntry) => void) | undefined)?.(entry);
    } catch (cause) {
      const message = `run "${head.id}": its journal cannot be read: ${(cause as Error).message}`;
      damage = new HeliumError('STORE_UNAVAILABLE', message, { cause });
      reserved = CURSORS_UNKNOWN;
      break;
    }
  }
  const past = { expansions, results, ...(basis === undefined ? {} : { basis }) };
  const isEnded = events.at(-1)?.kind === 'finished';
  const readWhole = () => {
    if (damage !== undefined) throw damage;
    return readRequest();
  };
  return { head, readRequest: readWhole, events, reserved, past, isEnded };
}
