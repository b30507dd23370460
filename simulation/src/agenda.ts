/** What is to happen; a promise is waited for, with all that follows from it. */
export type Action = () => void | Promise<void>;

interface Entry {
  readonly at: number;
  readonly number: number;
  action: Action | undefined;
}

/**
 * Virtual time: what is to happen, in order of time, then of being asked for. A binary heap; O(log n)
 * to add and to take. A cancelled entry stays until its time comes.
 */
export class Agenda {
  readonly #heap: Entry[] = [];
  #number = 0;
  #now = 0;
  #waiting = 0;

  /** Milliseconds. */
  get now(): number {
    return this.#now;
  }

  /** Entries that are not cancelled. */
  get size(): number {
    return this.#waiting;
  }

  /** Runs `action` after so many milliseconds. Returns what cancels it. */
  after(delayMs: number, action: Action): () => void {
    const entry: Entry = { at: this.#now + delayMs, number: this.#number++, action };
    this.#waiting++;
    this.#push(entry);
    return () => {
      if (entry.action !== undefined) this.#waiting--;
      entry.action = undefined;
    };
  }

  /** Moves time to the next entry and gives what is to be done; undefined when nothing is left. */
  next(): Action | undefined {
    for (let entry = this.#pop(); entry !== undefined; entry = this.#pop()) {
      const { action } = entry;
      if (action === undefined) continue;
      entry.action = undefined;
      this.#waiting--;
      this.#now = entry.at;
      return action;
    }
    return undefined;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let place = heap.push(entry) - 1;
    while (place > 0) {
      const up = (place - 1) >> 1;
      const parent = heap[up]!;
      if (!isBefore(entry, parent)) break;
      heap[place] = parent;
      place = up;
    }
    heap[place] = entry;
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top;
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const least = right < heap.length && isBefore(heap[right]!, heap[left]!) ? right : left;
      if (!isBefore(heap[least]!, last)) break;
      heap[place] = heap[least]!;
      place = least;
    }
    heap[place] = last;
    return top;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.number < b.number);
}
