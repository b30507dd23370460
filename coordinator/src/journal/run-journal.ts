import type { RunId } from '@helium/shared';

/** A run as its journal has it: texts that `run-records.ts` reads. */
export interface StoredRun {
  readonly id: RunId;
  /** The request, as it was accepted. */
  readonly accepted: string;
  /** What became of it, in the order in which it was written. */
  readonly entries: readonly string[];
  /** Why that is not all, where the store lost some. */
  readonly damage?: string;
}

/** A request whose run has left the journal. */
export interface StoredRequest {
  readonly key: string;
  readonly run: RunId;
  /** When its run was forgotten, wall time. */
  readonly atMs: number;
}

export interface StoredJournal {
  /** In order of acceptance. */
  readonly runs: readonly StoredRun[];
  /** In the order in which they were forgotten. */
  readonly requests: readonly StoredRequest[];
}

/** What one run got in a group; at least one entry, none with a line break. */
export interface RunEntries {
  readonly run: RunId;
  readonly entries: readonly string[];
  /** Nothing follows: the run is kept for those who ask, and no more needed by anybody. */
  readonly isEnd?: boolean;
}

/**
 * What runs asked for and what became of them, kept so that a coordinator that starts anew goes on with them. One
 * coordinator has it at a time. All methods reject with STORE_UNAVAILABLE, naming the place, where nothing can be kept
 * now, and then nothing was, or that is not known: so after a rejected `append` the same group comes again. They are
 * called one after the other, but for `accept`.
 */
export interface RunJournal {
  /** How often the journal was opened, this time counted. */
  readonly epoch: number;
  /** Everything in it. To be called once, before anything is written. */
  load(): Promise<StoredJournal>;
  /** Resolves when the run is kept, come what may of this process and, as far as the store goes, of its machine. */
  accept(run: RunId, accepted: string): Promise<void>;
  /** All of the group or nothing; kept whatever becomes of this process. Entries of unknown runs are dropped. */
  append(group: readonly RunEntries[]): Promise<void>;
  /** The runs leave; requests are kept in their place, and those that were forgotten before `sinceMs` leave as well. */
  forget(
    runs: readonly RunId[],
    requests: readonly StoredRequest[],
    sinceMs: number,
  ): Promise<void>;
  close(): Promise<void>;
}
