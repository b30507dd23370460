import { type CallId, type CallResult, ERROR_CODES, type WorkerId } from '@helium/shared';
import type { Logger } from '@helium/shared/telemetry';

/** What an attached worker does that it should not, each kind told in the log once for each attachment. */
export class WorkerConduct {
  readonly #worker: WorkerId;
  readonly #epoch: number;
  readonly #logger: Logger;
  readonly #said = new Set<string>();
  /** Calls it was told to give back, until it has. */
  readonly #asked = new Set<CallId>();

  constructor(worker: WorkerId, epoch: number, logger: Logger) {
    this.#worker = worker;
    this.#epoch = epoch;
    this.#logger = logger;
  }

  /** A call that it was not given under this attachment, or has ended before. */
  endedOthers({ id, finish }: CallResult): void {
    const what = 'worker ended a call that it does not have; such results count for nothing';
    this.#sayOnce('', what, { call: id, finish });
  }

  /** Nobody waits for these calls any more, or they are wanted elsewhere. */
  askedBack(ids: readonly CallId[]): void {
    for (const id of ids) this.#asked.add(id);
  }

  /** It ended a call that it has. */
  ended(result: CallResult): void {
    const wasAsked = this.#asked.delete(result.id);
    if (result.finish === 'error') this.#failed(result);
    else if (result.finish === 'cancelled' && !wasAsked) {
      this.#sayOnce('cancelled', 'worker gave up a call that it was not asked for', {
        call: result.id,
      });
    }
  }

  /** Calls that fail for what is theirs are told to who made them. */
  #failed({ id, error }: CallResult): void {
    if (error === undefined || !ERROR_CODES[error.code].retryable) return;
    const { code, message } = error;
    this.#sayOnce(code, 'worker failed a call', { call: id, code, error: message });
  }

  #sayOnce(kind: string, what: string, facts: object): void {
    if (this.#said.has(kind)) return;
    this.#said.add(kind);
    this.#logger.warn(what, { worker: this.#worker, epoch: this.#epoch, ...facts });
  }
}
