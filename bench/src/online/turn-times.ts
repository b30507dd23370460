import { setImmediate } from 'node:timers/promises';

/** Processor time of this process so far, ms. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Events between two real turns of the event loop, in which the engine collects garbage that is due. */
const EVENTS_PER_TURN = 100;

/** How long the coordinator's event loop would be held at a stretch, by what holds it: processor time, ms. */
export class TurnTimes {
  readonly #longest = new Map<string, number>();
  #name = '';
  #since = 0;
  #isOpen = false;
  #paused = 0;
  #goesOn = false;
  #events = 0;

  begin(name: string): void {
    this.#name = name;
    this.#since = cpuMs();
    this.#isOpen = true;
    this.#paused = 0;
  }

  /** The turn is over that began last; nothing where it has ended. */
  end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const ms = cpuMs() - this.#since - this.#paused;
    this.#longest.set(this.#name, Math.max(ms, this.#longest.get(this.#name) ?? 0));
  }

  /** The same goes on in another turn, with nothing in between. */
  async next(): Promise<void> {
    const name = this.#name;
    this.end();
    this.#goesOn = true;
    await Promise.resolve();
    this.begin(name);
  }

  /**
   * After an event: resolves when what goes on in turns is done or waits for something else than its next turn. A
   * loop that never turned would leave what is due beside it to the first who waits for a turn, and to his account.
   */
  async settled(): Promise<void> {
    this.#events += 1;
    if (!this.#goesOn && this.#events % EVENTS_PER_TURN !== 0) return;
    this.#goesOn = false;
    await setImmediate();
  }

  measure<T>(name: string, act: () => T): T {
    this.begin(name);
    const made = act();
    this.end();
    return made;
  }

  /** What another thread would do meanwhile is not counted. */
  pause<T>(act: () => T): T {
    const from = cpuMs();
    const made = act();
    this.#paused += cpuMs() - from;
    return made;
  }

  /** By name. */
  get longest(): ReadonlyMap<string, number> {
    return this.#longest;
  }
}
