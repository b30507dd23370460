import { type Clock, HeliumError, type RunId, type TenantId } from '@helium/shared';
import { EventLog } from './event-log.ts';
import { ForgottenRequests, type RequestRetention, requestKey } from './forgotten-requests.ts';
import type { RunEventBody, RunRecord, RunState, RunSummary } from './run-port.ts';

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

const NO_SUMMARY: RunSummary = {
  operators: { submitted: 0, pruned: 0, merged: 0, cached: 0, executed: 0 },
  tokens: { prompt: 0, prefilled: 0, reused: 0, generated: 0, prefetched: 0 },
  seconds: { plan: 0, run: 0 },
  cacheMissReasons: {},
};

/** Every run accepted here, live or finished not long ago, with its events. */
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

  /** `liveSummary` gives the counts so far of a run in execution. */
  constructor(
    clock: Clock,
    retention: Retention,
    liveSummary: (run: RunId) => RunSummary | undefined,
  ) {
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
    const log = new EventLog();
    const key = requestId === '' ? undefined : requestKey(tenant, requestId);
    this.#entries.set(id, {
      ...run,
      createdAtMs,
      log,
      state: 'queued',
      summary: NO_SUMMARY,
      ...(key === undefined ? {} : { requestKey: key }),
    });
    if (key !== undefined) this.#requests.set(key, { run: id, contentHash });
    this.append(id, { kind: 'stateChanged', state: 'queued' });
    return this.get(tenant, id);
  }

  /** Says nothing after a terminal event: a run ends once. */
  append(id: RunId, body: RunEventBody): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || ENDED.includes(entry.state)) return;
    const at = this.#clock.wallTime();
    if (body.kind === 'stateChanged') entry.state = body.state;
    if (body.kind === 'planned') entry.summary = body.summary;
    if (body.kind === 'finished') {
      entry.state = body.state;
      entry.summary = body.summary;
      entry.finishedAtMs = at;
      entry.endedAtMs = this.#clock.now();
      if (body.error !== undefined) entry.error = body.error;
    }
    entry.log.append(at, body);
    if (body.kind !== 'finished') return;
    this.#ended.set(id, entry);
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
    throw new HeliumError(
      'RUN_UNKNOWN',
      `run "${id}" is not known here: runs end with their coordinator, and this one started at ${since}; ${this.#kept}`,
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
    const { tenant: _, log: __, endedAtMs: ___, requestKey: ____, ...record } = entry;
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
      if (entry.requestKey === undefined) continue;
      this.#requests.delete(entry.requestKey);
      this.#forgotten.add(entry.requestKey, id);
    }
  }
}
