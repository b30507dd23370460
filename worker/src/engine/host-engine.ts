import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { assertNever } from '@helium/shared';
import type { BuiltEngine, EngineHost } from './build-engine.ts';
import type { Engine, EngineEvent } from './engine.ts';
import type { ServedModel } from './engine-config.ts';
import { type EngineReply, type EngineRequest, toPlainError } from './engine-message.ts';
import { askFileChecks } from './file-checks.ts';

/**
 * The engine's side of its thread: builds the engine, carries out requests, and posts its events,
 * those of one turn (a step) as one message. An engine that cannot be built ends the thread with
 * its error told.
 */
export async function hostEngine(
  port: MessagePort,
  build: (host: EngineHost) => Promise<BuiltEngine>,
): Promise<void> {
  const post = (reply: EngineReply) => port.postMessage(reply);
  const checks = new MessageChannel();
  port.postMessage({ kind: 'files', port: checks.port2 }, [checks.port2]);
  let isIdentified = false;
  const identified = (served: ServedModel) => {
    if (!isIdentified) post({ kind: 'identified', served });
    isIdentified = true;
  };
  let built: BuiltEngine;
  try {
    built = await build({
      notice: (message) => post({ kind: 'notice', message }),
      identified,
      files: askFileChecks(checks.port1),
      startThread: (request) => port.postMessage({ kind: 'thread', request }, [request.port]),
    });
  } catch (thrown) {
    post({ kind: 'refused', error: toPlainError(thrown) });
    port.close();
    return;
  } finally {
    checks.port1.close();
  }
  const { engine, served } = built;
  const flush = forwardEvents(engine, post);
  port.on('message', (request: EngineRequest) => {
    carryOut(engine, request, (reply) => {
      // What happened before the answer goes before it.
      flush();
      post(reply);
      if (request.kind === 'close') port.close();
    });
  });
  identified(served);
  post({ kind: 'ready', description: engine.description });
}

function forwardEvents(engine: Engine, post: (reply: EngineReply) => void): () => void {
  let events: EngineEvent[] = [];
  const flush = () => {
    if (events.length > 0) post({ kind: 'events', events });
    events = [];
  };
  engine.onEvent((event) => {
    if (events.length === 0) queueMicrotask(flush);
    events.push(event);
  });
  return flush;
}

function carryOut(
  engine: Engine,
  request: EngineRequest,
  answer: (reply: EngineReply) => void,
): void {
  switch (request.kind) {
    case 'submit':
      engine.submit(request.call, request.produced);
      break;
    case 'cancel':
      engine.cancel(request.id, request.unlessBegun);
      break;
    case 'direct':
      engine.direct(request.directive);
      break;
    case 'snapshot':
      engine.snapshot().then((snapshot) => {
        answer({ kind: 'answer', request: request.request, snapshot });
      });
      break;
    case 'drain':
    case 'close':
      engine[request.kind]().then(() => answer({ kind: 'answer', request: request.request }));
      break;
    default:
      assertNever(request);
  }
}
