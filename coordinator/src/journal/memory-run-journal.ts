import type { RunId } from '@helium/shared';
import type { RunEntries, RunJournal, StoredJournal, StoredRequest } from './run-journal.ts';

/** What lives on between two openings. */
export class JournalMemory {
  readonly runs = new Map<RunId, { readonly accepted: string; readonly entries: string[] }>();
  readonly requests = new Map<string, StoredRequest>();
  epoch = 0;
}

/** A journal in memory: the twin that the others are held against, and the simulation's. */
export class MemoryRunJournal implements RunJournal {
  readonly epoch: number;
  readonly #memory: JournalMemory;

  constructor(memory = new JournalMemory()) {
    this.#memory = memory;
    this.epoch = ++memory.epoch;
  }

  async load(): Promise<StoredJournal> {
    const runs = [...this.#memory.runs].map(([id, { accepted, entries }]) => ({
      id,
      accepted,
      entries: [...entries],
    }));
    return { runs, requests: [...this.#memory.requests.values()] };
  }

  async accept(run: RunId, accepted: string): Promise<void> {
    this.#memory.runs.set(run, { accepted, entries: [] });
  }

  async append(group: readonly RunEntries[]): Promise<void> {
    for (const { run, entries } of group) {
      for (const entry of entries) this.#memory.runs.get(run)?.entries.push(entry);
    }
  }

  async forget(
    runs: readonly RunId[],
    requests: readonly StoredRequest[],
    sinceMs: number,
  ): Promise<void> {
    for (const run of runs) this.#memory.runs.delete(run);
    for (const request of requests) this.#memory.requests.set(request.key, request);
    for (const { key, atMs } of this.#memory.requests.values()) {
      if (atMs < sinceMs) this.#memory.requests.delete(key);
    }
  }

  async close(): Promise<void> {}
}
