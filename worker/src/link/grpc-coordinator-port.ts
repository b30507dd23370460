import type { ClientDuplexStream, ServiceError, StatusObject } from '@grpc/grpc-js';
import type { wire } from '@helium/proto';
import { type Clock, HeliumError, invariant } from '@helium/shared';
import type { CoordinatorListener, CoordinatorPort, WorkerMessage } from './coordinator-port.ts';
import { decodeMessage } from './decode-message.ts';
import { encodeMessage } from './encode-message.ts';
import { fromGrpcError } from './link-error.ts';
import { TextStore } from './text-store.ts';

export type AttachStream = ClientDuplexStream<wire.AttachRequest, wire.AttachResponse__Output>;

/** How long the coordinator may take to answer our going. */
const CLOSE_MS_MAX = 2000;

/** Heartbeats that may go unanswered, and for how long at least, ms: a large batch may be under way. */
const UNANSWERED_MAX = 10;
const UNANSWERED_MS = 20_000;

/** An attachment over a gRPC stream that has been welcomed and is paused. */
export class GrpcCoordinatorPort implements CoordinatorPort {
  readonly epoch: number;
  readonly heartbeatIntervalMs: number;
  readonly #stream: AttachStream;
  readonly #address: string;
  readonly #clock: Clock;
  readonly #texts = new TextStore();
  readonly #ended: Promise<void>;
  #listener: CoordinatorListener | undefined;
  /** What ended it before anybody listened. */
  #early: HeliumError | undefined;
  #closed = false;
  /** Sent since anything was heard; counted once a heartbeat was answered: older coordinators answer none. */
  #unanswered = 0;
  #answers = false;

  constructor(
    stream: AttachStream,
    welcome: wire.Welcome__Output,
    options: { readonly address: string; readonly clock: Clock },
  ) {
    this.epoch = Number(welcome.epoch);
    this.heartbeatIntervalMs = welcome.heartbeatIntervalMs;
    this.#stream = stream;
    this.#address = options.address;
    this.#clock = options.clock;
    stream.on('error', (error: ServiceError) => this.#lose(fromGrpcError(error, this.#address)));
    stream.on('drain', () => this.#listener?.writable());
    this.#ended = new Promise((resolve) => {
      stream.on('status', ({ code }: StatusObject) => {
        if (code === 0) this.#lose(this.#unreachable('ended the attachment'));
        resolve();
      });
    });
  }

  send(message: WorkerMessage): boolean {
    if (this.#closed) return true;
    if (message.kind === 'heartbeat' && this.#answers) this.#countUnanswered();
    return this.#closed || this.#stream.write(encodeMessage(message));
  }

  listen(listener: CoordinatorListener): void {
    invariant(this.#listener === undefined, 'an attachment has one listener');
    this.#listener = listener;
    if (this.#early !== undefined) {
      listener.lost(this.#early);
      return;
    }
    this.#stream.on('data', (message: wire.AttachResponse__Output) => this.#take(message));
    this.#stream.resume();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stream.end();
    const cutOff = this.#clock.setTimer(CLOSE_MS_MAX, () => this.#stream.cancel());
    await this.#ended;
    cutOff.cancel();
  }

  #take(message: wire.AttachResponse__Output): void {
    if (this.#closed) return;
    this.#unanswered = 0;
    if (message.directives?.directives.length === 0) {
      this.#answers = true;
      return;
    }
    try {
      this.#listener?.message(decodeMessage(message, this.#texts));
    } catch (thrown) {
      this.#lose(HeliumError.from(thrown));
      this.#stream.cancel();
    }
  }

  /**
   * Connections that deliver nothing look alive where a proxy answers their pings. In heartbeats, not in time: a
   * process that was stopped has sent none.
   */
  #countUnanswered(): void {
    const limit = Math.max(UNANSWERED_MAX, Math.ceil(UNANSWERED_MS / this.heartbeatIntervalMs));
    if (this.#unanswered++ < limit) return;
    this.#lose(this.#unreachable(`left ${limit} heartbeats unanswered`));
    this.#stream.cancel();
  }

  #lose(error: HeliumError): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#listener === undefined) this.#early = error;
    else this.#listener.lost(error);
  }

  #unreachable(what: string): HeliumError {
    return new HeliumError('UNREACHABLE', `coordinator ${this.#address} ${what}`);
  }
}
