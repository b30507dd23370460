/**
 * A queue with a limit between one producer and one consumer. `push` resolves once the item is taken
 * in, so a slow consumer holds its producer back. `close` ends the consumer after what is queued;
 * `fail` ends it with an error at once.
 */
export class BoundedQueue<T> implements AsyncIterable<T> {
  readonly #limit: number;
  readonly #items: T[] = [];
  #waitingPush: (() => void)[] = [];
  #waitingTake: (() => void) | undefined;
  #closed = false;
  #failure: unknown;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#items.length;
  }

  /** Resolves false when the queue is closed: the item was not taken. */
  async push(item: T): Promise<boolean> {
    while (this.#items.length >= this.#limit && !this.#closed) {
      await new Promise<void>((resolve) => this.#waitingPush.push(resolve));
    }
    if (this.#closed) return false;
    this.#items.push(item);
    this.#wakeTake();
    return true;
  }

  /** Takes the item only if there is room now. */
  tryPush(item: T): boolean {
    if (this.#closed || this.#items.length >= this.#limit) return false;
    this.#items.push(item);
    this.#wakeTake();
    return true;
  }

  close(): void {
    this.#closed = true;
    this.#wakeTake();
    this.#wakePush();
  }

  fail(error: unknown): void {
    this.#failure = error;
    this.#items.length = 0;
    this.close();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    try {
      while (true) {
        if (this.#failure !== undefined) throw this.#failure;
        if (this.#items.length > 0) {
          const item = this.#items.shift() as T;
          this.#wakePush();
          yield item;
        } else if (this.#closed) {
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#waitingTake = resolve;
          });
        }
      }
    } finally {
      this.close();
    }
  }

  #wakeTake(): void {
    const wake = this.#waitingTake;
    this.#waitingTake = undefined;
    wake?.();
  }

  #wakePush(): void {
    const waiting = this.#waitingPush;
    this.#waitingPush = [];
    for (const wake of waiting) wake();
  }
}
