import type { RunEventBody, RunPort } from '@helium/coordinator';
import type { RunId, TenantId } from '@helium/shared';

type WatchedRuns = Pick<RunPort, 'watchRun'>;

/** Follows runs as clients do: over the death of their coordinator, from the cursor of the last event. */
export class Watchers {
  readonly #tenant: TenantId;
  readonly #hear: (run: RunId, body: RunEventBody) => void;
  /** Cursor of the last event of each run that has not ended. */
  readonly #cursors = new Map<RunId, number>();
  #connection = new AbortController();

  constructor(tenant: TenantId, hear: (run: RunId, body: RunEventBody) => void) {
    this.#tenant = tenant;
    this.#hear = hear;
  }

  follow(run: RunId, runs: WatchedRuns): void {
    this.#cursors.set(run, this.#cursors.get(run) ?? 0);
    void this.#read(run, runs, this.#connection.signal);
  }

  breakOff(): void {
    this.#connection.abort();
    this.#connection = new AbortController();
  }

  resume(runs: WatchedRuns): void {
    for (const run of this.#cursors.keys()) this.follow(run, runs);
  }

  async #read(run: RunId, runs: WatchedRuns, signal: AbortSignal): Promise<void> {
    const cursor = this.#cursors.get(run) ?? 0;
    for await (const event of runs.watchRun(this.#tenant, run, cursor, signal)) {
      if (signal.aborted) return;
      const { cursor: at, atMs: _, ...body } = event;
      this.#cursors.set(run, at);
      if (body.kind === 'finished') this.#cursors.delete(run);
      this.#hear(run, body);
    }
  }
}
