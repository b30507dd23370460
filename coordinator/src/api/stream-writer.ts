/** The writing half of a gRPC stream. */
export interface WritableCall<Message> {
  /** False: the stream wants no more until 'drain'. */
  write(message: Message): boolean;
  on(event: 'drain', listener: () => void): unknown;
}

/**
 * Writes to a stream as fast as its reader reads, and keeps what waits in a bounded queue: gRPC itself
 * would queue without limit.
 */
export class StreamWriter<Message> {
  readonly #call: WritableCall<Message>;
  readonly #limit: number;
  #waiting: Message[] = [];
  #blocked = false;
  #stopped = false;

  constructor(call: WritableCall<Message>, limit: number) {
    this.#call = call;
    this.#limit = limit;
    call.on('drain', () => this.#flush());
  }

  /** False when the queue is full: the message was not taken. */
  send(message: Message): boolean {
    if (this.#stopped) return true;
    if (!this.#blocked) {
      this.#blocked = !this.#call.write(message);
      return true;
    }
    if (this.#waiting.length >= this.#limit) return false;
    this.#waiting.push(message);
    return true;
  }

  /** Sends unless the stream is full: what may as well not be sent. */
  sendIfFree(message: Message): void {
    if (!this.#blocked) this.send(message);
  }

  /** Forgets what waits; later messages go nowhere. */
  stop(): void {
    this.#stopped = true;
    this.#waiting = [];
  }

  #flush(): void {
    this.#blocked = false;
    let written = 0;
    for (const message of this.#waiting) {
      if (this.#blocked) break;
      this.#blocked = !this.#call.write(message);
      written++;
    }
    this.#waiting.splice(0, written);
  }
}
