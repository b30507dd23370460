import { type Call, HeliumError } from '@helium/shared';
import { CallQuarantine } from './call-quarantine.ts';
import type { TrackedCall } from './tracked-call.ts';

/** A call that was there at so many deaths is run alone next, so that it is known whose fault it is. */
const SUSPECT_DEATHS = 2;

/**
 * Finds which call it is that ends engines. Calls that were there at two deaths are run one at a time; one that is
 * alone at another is at fault, and its equals are refused for ten minutes. Then the next engine is probed before
 * it gets calls: where it answers, the call was at fault and not the engine. `now`: steady time, ms.
 */
export class SuspectCalls {
  readonly #quarantine: CallQuarantine;
  readonly #notice: (message: string) => void;
  #mustProbe = false;

  constructor(now: () => number, notice: (message: string) => void) {
    this.#quarantine = new CallQuarantine(now);
    this.#notice = notice;
  }

  /** A call was found at fault: whether that is so, the next engine tells. */
  get mustProbe(): boolean {
    return this.#mustProbe;
  }

  /** The probe was answered, in whatever way: its engine lives. */
  probed(): void {
    this.#mustProbe = false;
  }

  /** The ENGINE_FAILED by which a call ends whose equal was at fault; undefined where it may be run. */
  refusalOf(call: Call): HeliumError | undefined {
    return this.#quarantine.refusalOf(call);
  }

  /** Deaths that count against a call which no engine has had: those of its equals. */
  deathsBefore(call: Call): number {
    return this.#quarantine.isSuspect(call) ? SUSPECT_DEATHS : 0;
  }

  /** Which of all open calls may be with an engine now: everything, or one suspect at a time, or none. */
  admit(calls: readonly TrackedCall[]): readonly TrackedCall[] {
    if (this.#mustProbe) return [];
    const suspect = calls.find(({ deaths }) => deaths >= SUSPECT_DEATHS);
    if (suspect === undefined) return calls;
    return calls.some(({ isSubmitted }) => isSubmitted) ? [] : [suspect];
  }

  /**
   * Whether a call that lost its engine is at fault: the ENGINE_FAILED by which it ends then; undefined where it is
   * to be run again. `message`: what the engine died of.
   */
  judge({ call, asked, deaths }: TrackedCall, message: string): HeliumError | undefined {
    if (deaths <= SUSPECT_DEATHS) return undefined;
    const text = `${message}; it died ${deaths} times with this call, the last time with no other`;
    this.#quarantine.blame(asked, text);
    this.#mustProbe = true;
    this.#notice(
      `call "${call.id}" is at fault: ${text}; it and its equals are refused for a while`,
    );
    return new HeliumError('ENGINE_FAILED', text);
  }

  /** An engine answered it. */
  clear({ asked }: TrackedCall): void {
    this.#quarantine.clear(asked);
  }
}
