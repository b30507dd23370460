/** Processor time of this process so far, ms. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** How long the coordinator's event loop would be held at a stretch, by what holds it: processor time, ms. */
export class TurnTimes {
  readonly #longest = new Map<string, number>();
  #since = 0;
  #paused = 0;

  begin(): void {
    this.#since = cpuMs();
    this.#paused = 0;
  }

  /** The turn is over that began last. */
  end(name: string): void {
    const ms = cpuMs() - this.#since - this.#paused;
    this.#longest.set(name, Math.max(ms, this.#longest.get(name) ?? 0));
  }

  measure<T>(name: string, act: () => T): T {
    this.begin();
    const made = act();
    this.end(name);
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
