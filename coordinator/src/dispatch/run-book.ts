import { type Clock, HeliumError, type RunId, type TenantId } from '@helium/shared';
import type { RunEntry, RunHead, RunRequest, StoredRequest } from '../journal/index.ts';
import { deliveryOf } from './delivered-event.ts';
import { EventLog } from './event-log.ts';
import { ForgottenRequests, type RequestRetention, requestKey } from './forgotten-requests.ts';
import type { JournalWriter } from './journal-writer.ts';
import type { RestoredRun } from './restore-run.ts';
import type { RunEvent, RunEventBody, RunRecord, RunState, RunSummary } from './run-port.ts';

/** How long and how many finished runs are remembered, and then the ids of their requests. */
export interface Retention extends RequestRetention {
  readonly runsMax: number;
  readonly ageMsMax: number;
  /** Memory that their events may take; the last run to finish is kept whatever it takes. */
  readonly bytesMax: number;
}

export const DEFAULT_RETENTION: Retention = {
  runsMax: 1000,
  ageMsMax: 24 * 3_600_000,
  bytesMax: 128 << 20,
  requestsMax: 100_000,
  requestAgeMsMax: 7 * 24 * 3_600_000,
};

interface Entry {
  readonly tenant: TenantId;
  readonly id: RunId;
  readonly workflowName: string;
  readonly rowCount: number;
  readonly createdAtMs: number;
  readonly log: EventLog;
  /** Of the request that created it, if that had an id. */
  readonly requestKey?: string;
  /** What was told before the coordinator started anew, and is not told again. */
  readonly delivered?: ReadonlySet<string>;
  /** Of the last event that was made. */
  cursor: number;
  /** Cursors up to this one may have been given to deltas. */
  reserved: number;
  /** Its last event is made, if not written yet. */
  isEnding: boolean;
  state: RunState;
  finishedAtMs?: number;
  /** Steady time of the same moment: the wall clock may be set in between. */
  endedAtMs?: number;
  error?: { readonly code: string; readonly message: string };
  summary: RunSummary;
}

/** What a request with an id created, and a hash of what it asked for. */
interface KnownRequest {
  readonly run: RunId;
  readonly contentHash: string;
}

const ENDED: readonly RunState[] = ['succeeded', 'failed', 'cancelled'];

/** Cursors that are set aside for deltas at once: as many may be skipped after a new start though there was nothing. */
const CURSORS_RESERVED = 256;

const NO_SUMMARY: RunSummary = {
  operators: { submitted: 0, pruned: 0, merged: 0, cached: 0, executed: 0 },
  tokens: { prompt: 0, prefilled: 0, reused: 0, generated: 0, prefetched: 0 },
  seconds: { plan: 0, run: 0 },
  cacheMissReasons: {},
};

/**
 * Every run accepted here, live or finished not long ago, with its events. With a journal nothing is shown of a run
 * that is not written, so that what was shown is still so after a new start.
 */
export class RunBook {
  readonly #clock: Clock;
  readonly #retention: Retention;
  readonly #liveSummary: (run: RunId) => RunSummary | undefined;
  /** In order of acceptance. */
  readonly #entries = new Map<RunId, Entry>();
  /** In the order in which they ended. */
  readonly #ended = new Map<RunId, Entry>();
  /** Of the events of those. */
  #endedBytes = 0;
  readonly #requests = new Map<string, KnownRequest>();
  readonly #forgotten: ForgottenRequests;
  readonly #startedAtMs: number;
  readonly #writer: JournalWriter | undefined;

  /** `liveSummary` gives the counts so far of a run in execution. Without a `writer` runs end with this process. */
  constructor(
    clock: Clock,
    retention: Retention,
    liveSummary: (run: RunId) => RunSummary | undefined,
    writer?: JournalWriter,
  ) {
    this.#writer = writer;
    this.#clock = clock;
    this.#startedAtMs = clock.wallTime();
    this.#retention = retention;
    this.#liveSummary = liveSummary;
    this.#forgotten = new ForgottenRequests(clock, retention);
  }

  /**
   * The run that an earlier request with this id created. Throws REQUEST_ID_REUSED when it asked for
   * something else, RUN_FORGOTTEN when its run is not kept any more.
   */
  findRequest(tenant: TenantId, requestId: string, contentHash: string): RunRecord | undefined {
    this.#forgetOld();
    if (requestId === '') return undefined;
    const key = requestKey(tenant, requestId);
    const known = this.#requests.get(key);
    if (known === undefined) {
      this.#assertNotForgotten(requestId, this.#forgotten.find(key));
      return undefined;
    }
    if (known.contentHash === contentHash) return this.get(tenant, known.run);
    throw new HeliumError(
      'REQUEST_ID_REUSED',
      `request id "${requestId}" created run "${known.run}" with another content`,
    );
  }

  open(
    run: Pick<Entry, 'tenant' | 'id' | 'workflowName' | 'rowCount'>,
    requestId: string,
    contentHash: string,
  ): RunRecord {
    const createdAtMs = this.#clock.wallTime();
    const { tenant, id } = run;
    this.#enter(run, createdAtMs, requestId, contentHash);
    return this.get(tenant, id);
  }

  /**
   * Resolves when the run is journaled; where it cannot be, it is not known any more and this rejects with
   * STORE_UNAVAILABLE.
   */
  async keep(id: RunId, head: Pick<RunHead, 'requestId' | 'contentHash'>, request: RunRequest) {
    const entry = this.#entries.get(id);
    if (this.#writer === undefined || entry === undefined) return;
    const { tenant, workflowName, rowCount, createdAtMs: atMs } = entry;
    try {
      await this.#writer.accept({ id, tenant, workflowName, rowCount, atMs, ...head }, request);
    } catch (error) {
      this.#entries.delete(id);
      if (entry.requestKey !== undefined) this.#requests.delete(entry.requestKey);
      throw error;
    }
  }

  /** A run of before this coordinator started, as its journal has it; in order of acceptance. */
  restore({ head, events, reserved }: RestoredRun): void {
    const { id, tenant, workflowName, rowCount, requestId, contentHash, atMs } = head;
    const run = { id, tenant, workflowName, rowCount };
    const delivered = new Set(events.flatMap((event) => deliveryOf(event) ?? []));
    const entry = this.#enter(run, atMs, requestId, contentHash, delivered);
    for (const event of events) this.#show(entry, event);
    entry.reserved = reserved;
    entry.cursor = Math.max(events.at(-1)?.cursor ?? 1, reserved);
    entry.isEnding = ENDED.includes(entry.state);
    entry.log.resumeAfter(entry.cursor);
  }

  /** The restored runs that ended, and the requests of runs that were forgotten; after all that were restored. */
  finishRestoring(requests: readonly StoredRequest[]): void {
    const ended = [...this.#ended.values()];
    ended.sort((a, b) => (a.finishedAtMs ?? 0) - (b.finishedAtMs ?? 0));
    this.#ended.clear();
    for (const entry of ended) this.#ended.set(entry.id, entry);
    for (const { key, run, atMs } of requests) this.#forgotten.add(key, run, atMs);
    this.#forgetOld();
  }

  /** Whether the run told this before the coordinator started anew. */
  wasDelivered(id: RunId, body: RunEventBody): boolean {
    const delivered = this.#entries.get(id)?.delivered;
    const delivery = delivered === undefined ? undefined : deliveryOf(body);
    return delivery !== undefined && delivered?.has(delivery) === true;
  }

  /** Keeps what the run needs to be resumed, before the events that are appended after this. */
  note(id: RunId, entry: RunEntry): void {
    if (this.#entries.get(id)?.isEnding === false) this.#writer?.add(id, entry);
  }

  /** Resolves when all that was appended is shown. */
  async settled(): Promise<void> {
    await this.#writer?.settled();
  }

  /** Says nothing after a terminal event: a run ends once. */
  append(id: RunId, body: RunEventBody): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.isEnding) return;
    entry.isEnding = body.kind === 'finished';
    entry.cursor += 1;
    const { cursor } = entry;
    const event: RunEvent = { cursor, atMs: this.#clock.wallTime(), ...body };
    const show = () => this.#show(entry, event);
    if (this.#writer === undefined) show();
    else if (event.kind !== 'delta') this.#writer.add(id, { kind: 'event', event }, show);
    else {
      if (cursor > entry.reserved) {
        entry.reserved = cursor + CURSORS_RESERVED;
        this.#writer.add(id, { kind: 'cursors', upTo: entry.reserved });
      }
      this.#writer.add(id, undefined, show);
    }
  }

  #enter(
    run: Pick<Entry, 'tenant' | 'id' | 'workflowName' | 'rowCount'>,
    createdAtMs: number,
    requestId: string,
    contentHash: string,
    delivered?: ReadonlySet<string>,
  ): Entry {
    const { tenant, id } = run;
    const key = requestId === '' ? undefined : requestKey(tenant, requestId);
    const entry: Entry = {
      ...run,
      createdAtMs,
      log: new EventLog(),
      ...(key === undefined ? {} : { requestKey: key }),
      ...(delivered === undefined ? {} : { delivered }),
      cursor: 1,
      reserved: 0,
      isEnding: false,
      state: 'queued',
      summary: NO_SUMMARY,
    };
    this.#entries.set(id, entry);
    if (key !== undefined) this.#requests.set(key, { run: id, contentHash });
    // Not written: the acceptance says the same.
    this.#show(entry, { cursor: 1, atMs: createdAtMs, kind: 'stateChanged', state: 'queued' });
    return entry;
  }

  #show(entry: Entry, event: RunEvent): void {
    if (event.kind === 'stateChanged') entry.state = event.state;
    if (event.kind === 'planned') entry.summary = event.summary;
    if (event.kind === 'finished') {
      entry.state = event.state;
      entry.summary = event.summary;
      entry.finishedAtMs = event.atMs;
      entry.endedAtMs = this.#clock.now() - Math.max(0, this.#clock.wallTime() - event.atMs);
      if (event.error !== undefined) entry.error = event.error;
    }
    entry.log.put(event);
    if (event.kind !== 'finished') return;
    this.#ended.set(entry.id, entry);
    this.#endedBytes += entry.log.bytes;
    this.#forgetOld();
  }

  /** Throws RUN_UNKNOWN, for another tenant's run as well. */
  get(tenant: TenantId, id: RunId): RunRecord {
    return this.#record(this.#require(tenant, id));
  }

  /** Newest first. */
  list(tenant: TenantId): readonly RunRecord[] {
    this.#forgetOld();
    const entries = [...this.#entries.values()].filter((entry) => entry.tenant === tenant);
    return entries.reverse().map((entry) => this.#record(entry));
  }

  /** The counts of its plan, as far as that is known. */
  summary(id: RunId): RunSummary {
    return this.#entries.get(id)?.summary ?? NO_SUMMARY;
  }

  /** Throws RUN_UNKNOWN. */
  log(tenant: TenantId, id: RunId): EventLog {
    return this.#require(tenant, id).log;
  }

  get liveCount(): number {
    return this.#entries.size - this.#ended.size;
  }

  #require(tenant: TenantId, id: RunId): Entry {
    this.#forgetOld();
    const entry = this.#entries.get(id);
    if (entry?.tenant === tenant) return entry;
    const since = new Date(this.#startedAtMs).toISOString();
    const end = `: runs end with their coordinator, and this one started at ${since}`;
    throw new HeliumError(
      'RUN_UNKNOWN',
      `run "${id}" is not known here${this.#writer === undefined ? end : ''}; ${this.#kept}`,
    );
  }

  /** Its outputs are gone; running it again unasked could be what the client wants least. */
  #assertNotForgotten(requestId: string, run: RunId | undefined): void {
    if (run === undefined) return;
    throw new HeliumError(
      'RUN_FORGOTTEN',
      `request id "${requestId}" created run "${run}", which is not kept any more; ${this.#kept}. ` +
        'A new id runs it again',
    );
  }

  get #kept(): string {
    const { runsMax, ageMsMax, bytesMax } = this.#retention;
    return (
      `finished runs are kept for ${ageMsMax / 3_600_000} h, ${runsMax} at most, ` +
      `and ${bytesMax >> 20} MiB of events`
    );
  }

  #record(entry: Entry): RunRecord {
    const { id, workflowName, rowCount, createdAtMs, state, finishedAtMs, error } = entry;
    const record: RunRecord = {
      ...{ id, workflowName, state, rowCount, createdAtMs, summary: entry.summary },
      ...(finishedAtMs === undefined ? {} : { finishedAtMs }),
      ...(error === undefined ? {} : { error }),
    };
    const summary = ENDED.includes(entry.state) ? undefined : this.#liveSummary(entry.id);
    return summary === undefined ? record : { ...record, summary };
  }

  /** What ended first goes first, so that asking often costs no look at all of them. */
  #forgetOld(): void {
    const { runsMax, ageMsMax, bytesMax } = this.#retention;
    const oldest = this.#clock.now() - ageMsMax;
    for (const [id, entry] of this.#ended) {
      const { size } = this.#ended;
      const isOver = this.#endedBytes > bytesMax && size > 1;
      if (size <= runsMax && (entry.endedAtMs ?? 0) >= oldest && !isOver) return;
      this.#ended.delete(id);
      this.#endedBytes -= entry.log.bytes;
      this.#entries.delete(id);
      const { requestKey: key } = entry;
      if (key === undefined) this.#writer?.forget(id);
      else {
        this.#requests.delete(key);
        const atMs = this.#forgotten.add(key, id);
        this.#writer?.forget(id, { key, run: id, atMs });
      }
    }
  }
}
