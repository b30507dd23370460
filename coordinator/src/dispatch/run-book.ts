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
  readonly #requests = new Map<string, KnownRequest>();
  readonly #forgotten: ForgottenRequests;
  readonly #startedAtMs: number;
  /** Steady time until which no ended run is too old. */
  #freshUntilMs = Number.POSITIVE_INFINITY;

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
    this.#forgetAged();
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
    const entry: Entry = { ...run, createdAtMs, log, state: 'queued', summary: NO_SUMMARY };
    this.#entries.set(id, entry);
    if (requestId !== '')
      this.#requests.set(requestKey(tenant, requestId), { run: id, contentHash });
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
    if (body.kind === 'finished') this.#forgetOld();
  }

  /** Throws RUN_UNKNOWN, for another tenant's run as well. */
  get(tenant: TenantId, id: RunId): RunRecord {
    return this.#record(this.#require(tenant, id));
  }

  /** Newest first. */
  list(tenant: TenantId): readonly RunRecord[] {
    this.#forgetAged();
    const entries = [...this.#entries.values()].filter((entry) => entry.tenant === tenant);
    return entries.reverse().map((entry) => this.#record(entry));
  }

  /** Throws RUN_UNKNOWN. */
  log(tenant: TenantId, id: RunId): EventLog {
    return this.#require(tenant, id).log;
  }

  get liveCount(): number {
    return [...this.#entries.values()].filter(({ state }) => !ENDED.includes(state)).length;
  }

  #require(tenant: TenantId, id: RunId): Entry {
    this.#forgetAged();
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
    const { tenant: _, log: __, endedAtMs: ___, ...record } = entry;
    const summary = ENDED.includes(entry.state) ? undefined : this.#liveSummary(entry.id);
    return summary === undefined ? record : { ...record, summary };
  }

  /** Between runs' ends only age makes any go: whoever asks often costs no look at all of them. */
  #forgetAged(): void {
    if (this.#clock.now() > this.#freshUntilMs) this.#forgetOld();
  }

  #forgetOld(): void {
    const oldest = this.#clock.now() - this.#retention.ageMsMax;
    const finished = [...this.#entries.values()]
      .filter(({ state }) => ENDED.includes(state))
      .sort((a, b) => (a.endedAtMs ?? 0) - (b.endedAtMs ?? 0));
    const last = finished.at(-1);
    let surplus = finished.length - this.#retention.runsMax;
    let bytes = finished.reduce((sum, { log }) => sum + log.bytes, 0);
    const gone = new Set<RunId>();
    this.#freshUntilMs = Number.POSITIVE_INFINITY;
    for (const entry of finished) {
      const isOver = bytes > this.#retention.bytesMax && entry !== last;
      const endedAtMs = entry.endedAtMs ?? 0;
      if (surplus-- <= 0 && endedAtMs >= oldest && !isOver) {
        this.#freshUntilMs = Math.min(this.#freshUntilMs, endedAtMs + this.#retention.ageMsMax);
        continue;
      }
      gone.add(entry.id);
      bytes -= entry.log.bytes;
    }
    if (gone.size === 0) return;
    for (const id of gone) this.#entries.delete(id);
    for (const [key, { run }] of this.#requests) {
      if (!gone.has(run)) continue;
      this.#requests.delete(key);
      this.#forgotten.add(key, run);
    }
  }
}
