import type { Clock, RunId, TenantId } from '@helium/shared';

/** How long and how many ids of requests are remembered after their runs were forgotten. */
export interface RequestRetention {
  readonly requestsMax: number;
  readonly requestAgeMsMax: number;
}

interface Forgotten {
  readonly run: RunId;
  readonly atMs: number;
}

/**
 * Requests whose runs are not kept any more: a late repeat is told so rather than run again. Takes some 300
 * bytes a request.
 */
export class ForgottenRequests {
  readonly #clock: Clock;
  readonly #retention: RequestRetention;
  /** In the order in which they were forgotten. */
  readonly #requests = new Map<string, Forgotten>();

  constructor(clock: Clock, retention: RequestRetention) {
    this.#clock = clock;
    this.#retention = retention;
  }

  /** `atMs`: wall time, growing from one to the next. Returns it. */
  add(key: string, run: RunId, atMs = this.#clock.wallTime()): number {
    this.#requests.set(key, { run: inOnePiece(run), atMs });
    this.#dropOld();
    return atMs;
  }

  find(key: string): RunId | undefined {
    this.#dropOld();
    return this.#requests.get(key)?.run;
  }

  #dropOld(): void {
    const oldest = this.#clock.wallTime() - this.#retention.requestAgeMsMax;
    for (const [key, { atMs }] of this.#requests) {
      if (this.#requests.size <= this.#retention.requestsMax && atMs >= oldest) return;
      this.#requests.delete(key);
    }
  }
}

/** V8 keeps the 20 pieces that a new UUID is joined of: 420 bytes more. */
function inOnePiece(id: RunId): RunId {
  return Buffer.from(id).toString() as RunId;
}

/** Tenants have ids of their own. */
export function requestKey(tenant: TenantId, requestId: string): string {
  return `${tenant}\n${requestId}`;
}
