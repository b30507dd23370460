import { type Call, canonicalHash, HeliumError } from '@helium/shared';

/** How long a call is refused that ended an engine alone. */
const REFUSED_MS = 10 * 60_000;

/** Calls remembered; beyond it the one blamed longest ago is forgotten. */
const CALLS_MAX = 1000;

interface Blame {
  readonly until: number;
  readonly message: string;
}

/**
 * Calls that ended every engine they were given to, by what they ask for and not by their id: who sends one
 * again is refused for ten minutes, without another engine's death. `now`: steady time, ms.
 */
export class CallQuarantine {
  readonly #now: () => number;
  readonly #blamed = new Map<string, Blame>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The call ended an engine that had no other. `message`: what its result says. */
  blame(call: Call, message: string): void {
    const key = keyOf(call);
    this.#blamed.delete(key);
    this.#blamed.set(key, { until: this.#now() + REFUSED_MS, message });
    const [oldest] = this.#blamed.keys();
    if (this.#blamed.size > CALLS_MAX && oldest !== undefined) this.#blamed.delete(oldest);
  }

  /** The ENGINE_FAILED by which a call that asks for the same ends; undefined where it may be run. */
  refusalOf(call: Call): HeliumError | undefined {
    const blame = this.#find(call);
    if (blame === undefined) return undefined;
    const seconds = Math.ceil((blame.until - this.#now()) / 1000);
    if (seconds <= 0) return undefined;
    const text = `${blame.message}; it is not tried again for ${seconds} s`;
    return new HeliumError('ENGINE_FAILED', text);
  }

  /** Its time is over, and nothing says yet that it has become better. */
  isSuspect(call: Call): boolean {
    return this.#find(call) !== undefined;
  }

  /** An engine answered it. */
  clear(call: Call): void {
    if (this.#blamed.size > 0) this.#blamed.delete(keyOf(call));
  }

  #find(call: Call): Blame | undefined {
    return this.#blamed.size === 0 ? undefined : this.#blamed.get(keyOf(call));
  }
}

/** Everything that an engine computes by. */
function keyOf({ id: _, order: __, streamDeltas: ___, traceparent: ____, ...asked }: Call): string {
  const text = JSON.stringify(asked, (_name, value) =>
    typeof value === 'bigint' ? `${value}n` : value,
  );
  return canonicalHash('quarantined call', text);
}
