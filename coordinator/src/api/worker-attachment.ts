import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { wire } from '@helium/proto';
import {
  type CallResult,
  type Clock,
  HeliumError,
  type TimerHandle,
  type WorkerIdentity,
} from '@helium/shared';
import type { AttachDecision, WorkerDoor } from '../dispatch/cluster-port.ts';
import type { WorkerEvent } from '../dispatch/worker-port.ts';
import { AttachedWorker } from './attached-worker.ts';
import { decodeHello } from './decode-hello.ts';
import { WorkerMessageDecoder } from './decode-worker-message.ts';
import { toGrpcStatus } from './grpc-status.ts';
import { TokenizerIntake } from './tokenizer-intake.ts';

export type AttachCall = ServerDuplexStream<wire.AttachRequest__Output, wire.AttachResponse>;

export interface AttachmentOptions {
  readonly clock: Clock;
  /** Time for the hello, and again for the tokenizer. */
  readonly handshakeMsMax: number;
  readonly messageBytesMax: number;
  /** Bytes of long texts that a worker is asked to remember. */
  readonly textBytesMax: number;
  /** Helium version of this coordinator. */
  readonly version: string;
}

type Stage =
  | { readonly kind: 'hello' }
  | {
      readonly kind: 'tokenizer';
      readonly identity: WorkerIdentity;
      readonly decision: AttachDecision;
      readonly intake: TokenizerIntake;
    }
  | {
      readonly kind: 'attached';
      readonly decoder: WorkerMessageDecoder;
      readonly port: AttachedWorker;
      readonly emit: (event: WorkerEvent) => void;
    }
  | { readonly kind: 'ended' };

/**
 * One Attach stream from hello to end: hello, welcome, tokenizer if asked for, then events. Whatever
 * ends it, the dispatcher hears `lost` once, unless it closed the attachment itself.
 */
export class WorkerAttachment {
  readonly #call: AttachCall;
  readonly #door: WorkerDoor;
  readonly #options: AttachmentOptions;
  readonly #onEnd: () => void;
  #stage: Stage = { kind: 'hello' };
  #deadline: TimerHandle | undefined;

  constructor(call: AttachCall, door: WorkerDoor, options: AttachmentOptions, onEnd: () => void) {
    this.#call = call;
    this.#door = door;
    this.#options = options;
    this.#onEnd = onEnd;
    this.#awaitHandshake('hello');
    call.on('data', (message: wire.AttachRequest__Output) => {
      try {
        this.#take(message);
      } catch (thrown) {
        this.end(HeliumError.from(thrown));
      }
    });
    call.on('end', () => this.#leave());
    call.on('cancelled', () => this.#leave());
  }

  /** Ends the stream with the error as its status. The dispatcher hears its message as the reason. */
  end(error: HeliumError): void {
    const stage = this.#stage;
    if (stage.kind === 'ended') return;
    this.#finish(error);
    if (stage.kind === 'attached') stage.emit({ kind: 'lost', reason: error.message });
  }

  /** Ends the stream because the coordinator goes; its worker may dial again. */
  letGo(reason: string): void {
    const stage = this.#stage;
    if (stage.kind === 'ended') return;
    this.#finish(new HeliumError('UNREACHABLE', reason));
    if (stage.kind === 'attached') stage.emit({ kind: 'lost', reason, isLetGo: true });
  }

  /** The worker went, or the connection did: gRPC does not always tell them apart. */
  #leave(): void {
    const stage = this.#stage;
    if (stage.kind === 'ended') return;
    this.#finish(undefined);
    if (stage.kind === 'attached') stage.emit({ kind: 'lost', reason: 'its stream ended' });
  }

  #take(message: wire.AttachRequest__Output): void {
    const stage = this.#stage;
    switch (stage.kind) {
      case 'hello':
        this.#takeHello(message);
        break;
      case 'tokenizer':
        this.#takeChunk(message, stage);
        break;
      case 'attached':
        for (const event of stage.decoder.decode(message)) stage.emit(event);
        if (message.heartbeat) stage.port.answerHeartbeat();
        break;
      case 'ended':
        break;
    }
  }

  #takeHello(message: wire.AttachRequest__Output): void {
    if (!message.hello) {
      const first = message.message ?? 'an unknown message';
      throw new HeliumError('REQUEST_INVALID', `the first message is ${first}, not hello`);
    }
    const identity = decodeHello(message.hello);
    const decision = this.#door.admit(identity);
    this.#welcome(decision);
    if (!decision.sendTokenizer) {
      this.#attach(identity, decision);
      return;
    }
    const intake = new TokenizerIntake(identity.tokenizerDigest);
    this.#stage = { kind: 'tokenizer', identity, decision, intake };
    this.#awaitHandshake('tokenizer');
  }

  #takeChunk(message: wire.AttachRequest__Output, stage: Stage & { kind: 'tokenizer' }): void {
    if (!message.tokenizerChunk) {
      const got = message.message ?? 'an unknown message';
      throw new HeliumError('REQUEST_INVALID', `the tokenizer was asked for, ${got} came`);
    }
    const spec = stage.intake.take(message.tokenizerChunk);
    if (spec === undefined) return;
    this.#door.addTokenizer(stage.identity.tokenizerDigest, spec);
    this.#welcome({ ...stage.decision, sendTokenizer: false });
    this.#attach(stage.identity, stage.decision);
  }

  #welcome({ epoch, heartbeatIntervalMs, sendTokenizer }: AttachDecision): void {
    const { version } = this.#options;
    this.#call.write({ welcome: { epoch, heartbeatIntervalMs, sendTokenizer, version } });
  }

  #attach(identity: WorkerIdentity, { epoch }: AttachDecision): void {
    this.#deadline?.cancel();
    const { messageBytesMax, textBytesMax } = this.#options;
    const owner = {
      // Later, because the dispatcher is in the middle of sending.
      onUnsendable: (result: CallResult) =>
        queueMicrotask(() => this.#emit({ kind: 'result', result })),
      onStalled: (reason: string) => this.end(new HeliumError('WORKER_LOST', reason)),
      onClose: (reason: string) => this.#finish(new HeliumError('EPOCH_STALE', reason)),
    };
    const port = new AttachedWorker(this.#call, owner, {
      identity,
      epoch,
      messageBytesMax,
      textBytesMax,
    });
    const emit = this.#door.attach(port);
    if (this.#stage.kind === 'ended') return;
    this.#stage = { kind: 'attached', decoder: new WorkerMessageDecoder(identity), port, emit };
  }

  #emit(event: WorkerEvent): void {
    if (this.#stage.kind === 'attached') this.#stage.emit(event);
  }

  /** The last thing that happens to the stream. */
  #finish(error: HeliumError | undefined): void {
    const stage = this.#stage;
    if (stage.kind === 'ended') return;
    this.#stage = { kind: 'ended' };
    this.#deadline?.cancel();
    if (stage.kind === 'attached') stage.port.stop();
    if (error === undefined) this.#call.end();
    else this.#call.emit('error', toGrpcStatus(error));
    this.#onEnd();
  }

  #awaitHandshake(what: string): void {
    const { clock, handshakeMsMax } = this.#options;
    this.#deadline?.cancel();
    this.#deadline = clock.setTimer(handshakeMsMax, () => {
      const message = `no ${what} within ${handshakeMsMax} ms`;
      this.end(new HeliumError('DEADLINE_PASSED', message));
    });
  }
}
