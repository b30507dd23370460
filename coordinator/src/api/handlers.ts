import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  type ServerWritableStream,
  status,
} from '@grpc/grpc-js';
import { type CallContext, contextOf } from './call-context.ts';
import { assertAccepted } from './checked-service.ts';
import { toGrpcStatus } from './grpc-status.ts';
import type { LiveCalls } from './live-calls.ts';

/** What all handlers of a server share. */
export interface HandlerOptions {
  readonly observe: CallObserver;
  readonly live: LiveCalls;
  /** Whether callers are known, each by its token. */
  readonly needToken: boolean;
}

/** Told of every call that ended: for counters and histograms. */
export type CallObserver = (call: {
  /** "/helium.v1.RunService/CreateRun". */
  readonly method: string;
  /** Name of the gRPC status. */
  readonly code: string;
  readonly ms: number;
}) => void;

/** A handler of one request and one answer: thrown values become statuses. */
export function unary<Request extends object, Answer>(
  { observe, live, needToken }: HandlerOptions,
  handle: (request: Request, context: CallContext) => Answer | Promise<Answer>,
): handleUnaryCall<Request, Answer> {
  return async (call, callback) => {
    const ended = startCall(observe, call.getPath());
    const gone = new AbortController();
    let leave = () => {};
    const cut = new Promise<never>((_, reject) => {
      leave = live.enter((error) => {
        gone.abort(error);
        reject(error);
      });
    });
    try {
      assertAccepted(call.request);
      const answer = handle(call.request, contextOf(call, gone, needToken));
      callback(null, await Promise.race([answer, cut]));
      ended(status.OK);
    } catch (thrown) {
      const failure = toGrpcStatus(thrown);
      callback(failure);
      ended(failure.code);
    } finally {
      leave();
    }
  };
}

/**
 * A handler that answers by a stream. It takes the next item only when the caller has room for it, so a
 * slow reader holds the source back; the signal ends the source when the reader is gone.
 */
export function serverStream<Request extends object, Item>(
  { observe, live, needToken }: HandlerOptions,
  produce: (request: Request, context: CallContext) => AsyncIterable<Item>,
): handleServerStreamingCall<Request, Item> {
  return async (call) => {
    const ended = startCall(observe, call.getPath());
    const gone = new AbortController();
    const leave = live.enter((error) => gone.abort(error));
    try {
      assertAccepted(call.request);
      await writeAll(call, produce(call.request, contextOf(call, gone, needToken)), gone.signal);
      if (gone.signal.aborted) throw gone.signal.reason;
      call.end();
      ended(status.OK);
    } catch (thrown) {
      const failure = toGrpcStatus(thrown);
      call.emit('error', failure);
      ended(failure.code);
    } finally {
      leave();
    }
  };
}

async function writeAll<Item>(
  call: ServerWritableStream<unknown, Item>,
  items: AsyncIterable<Item>,
  signal: AbortSignal,
): Promise<void> {
  for await (const item of items) {
    if (signal.aborted) return;
    if (!call.write(item)) await drained(call, signal);
  }
}

/** Resolves when the call takes more, or its reader is gone. */
function drained(call: ServerWritableStream<unknown, unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      call.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    if (signal.aborted) return resolve();
    call.on('drain', done);
    signal.addEventListener('abort', done);
  });
}

function startCall(observe: CallObserver, method: string): (code: status) => void {
  const startMs = performance.now();
  return (code) => observe({ method, code: status[code], ms: performance.now() - startMs });
}
