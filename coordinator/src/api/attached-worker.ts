import type { wire } from '@helium/proto';
import {
  type Call,
  type CallId,
  type CallResult,
  NO_USAGE,
  type PrefixDirective,
  type WorkerIdentity,
} from '@helium/shared';
import type { WorkerPort } from '../dispatch/worker-port.ts';
import { encodeBatches, type Unsendable } from './encode-batch.ts';
import { encodeDirective } from './encode-directive.ts';
import { StreamWriter, type WritableCall } from './stream-writer.ts';
import { TextDigests } from './text-digests.ts';

/** Messages that may wait for a worker that does not read; more than that and it is lost. */
const WAITING_MAX = 4096;

/** What the stream's owner does for the port. */
export interface AttachmentOwner {
  /** A call that cannot travel ends as a worker would end it. */
  onUnsendable(result: CallResult): void;
  /** The worker reads too slowly to go on. */
  onStalled(reason: string): void;
  /** The dispatcher ended the attachment. */
  onClose(reason: string): void;
}

/** An attached worker as the dispatcher sees it: domain words in, wire messages out. */
export class AttachedWorker implements WorkerPort {
  readonly identity: WorkerIdentity;
  readonly epoch: number;
  readonly #writer: StreamWriter<wire.AttachResponse>;
  readonly #owner: AttachmentOwner;
  readonly #messageBytesMax: number;
  readonly #texts: TextDigests;
  /** Since the worker's last heartbeat. */
  #hasSent = false;

  constructor(
    call: WritableCall<wire.AttachResponse>,
    owner: AttachmentOwner,
    options: {
      readonly identity: WorkerIdentity;
      readonly epoch: number;
      readonly messageBytesMax: number;
      readonly textBytesMax: number;
    },
  ) {
    this.identity = options.identity;
    this.epoch = options.epoch;
    this.#messageBytesMax = options.messageBytesMax;
    this.#texts = new TextDigests(options.textBytesMax);
    this.#owner = owner;
    this.#writer = new StreamWriter(call, WAITING_MAX);
  }

  sendBatch(calls: readonly Call[]): void {
    const { batches, unsendable } = encodeBatches(calls, this.#texts, this.#messageBytesMax);
    for (const batch of batches) this.#send({ batch });
    for (const call of unsendable) this.#owner.onUnsendable(refused(call));
  }

  sendDirectives(directives: readonly PrefixDirective[]): void {
    this.#send({ directives: { directives: directives.map(encodeDirective) } });
  }

  cancel(ids: readonly CallId[], unlessBegun: boolean): void {
    this.#send({ cancel: { callIds: [...ids], unlessBegun } });
  }

  requestSnapshot(): void {
    this.#send({ snapshotRequest: {} });
  }

  drain(): void {
    this.#send({ drain: {} });
  }

  stay(): void {
    this.#send({ stay: {} });
  }

  /**
   * A heartbeat came. One that nothing was said to since the last gets an answer, an empty list of directives: by
   * its absence a worker knows that what it hears nothing of is not silent but unreachable.
   */
  answerHeartbeat(): void {
    if (!this.#hasSent) this.#writer.sendIfFree({ directives: { directives: [] } });
    this.#hasSent = false;
  }

  close(reason: string): void {
    this.#owner.onClose(reason);
  }

  /** Nothing is sent any more. */
  stop(): void {
    this.#writer.stop();
  }

  #send(message: wire.AttachResponse): void {
    this.#hasSent = true;
    if (this.#writer.send(message)) return;
    const { workerId } = this.identity;
    this.#owner.onStalled(
      `worker "${workerId}" does not read: ${WAITING_MAX} messages wait for it`,
    );
  }
}

function refused({ id, reason }: Unsendable): CallResult {
  const error = { code: 'MESSAGE_TOO_LARGE', message: reason } as const;
  return { id, text: '', finish: 'error', usage: NO_USAGE, error };
}
