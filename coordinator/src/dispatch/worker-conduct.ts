import { type CallResult, ERROR_CODES, type WorkerId } from '@helium/shared';
import type { Logger } from '@helium/shared/telemetry';

/** What an attached worker does that it should not, each kind told in the log once for each attachment. */
export class WorkerConduct {
  readonly #worker: WorkerId;
  readonly #epoch: number;
  readonly #logger: Logger;
  readonly #said = new Set<string>();

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

  /** Calls that fail for what is theirs are told to who made them. */
  failed({ id, error }: CallResult): void {
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
