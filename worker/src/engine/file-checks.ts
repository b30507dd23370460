import type { MessagePort } from 'node:worker_threads';
import type { FileHash } from '@helium/model';
import { fromPlainError, type PlainError, toPlainError } from './engine-message.ts';

/** Whole files are read by the thread that starts an engine, while the engine's own does what only it can. */
export interface FileChecks {
  /** As `hashFileAside`. */
  hash(path: string): Promise<FileHash | undefined>;
  /** As the graph cache's `findDamage`. */
  findDamage(folder: string): Promise<string | undefined>;
}

interface CheckRequest {
  readonly request: number;
  readonly kind: keyof FileChecks;
  readonly path: string;
}

interface CheckReply {
  readonly request: number;
  readonly found?: unknown;
  readonly error?: PlainError;
}

/** Modules that are there where a model is: a sim engine never asks. */
const CHECKS: FileChecks = {
  hash: async (path) => (await import('@helium/model/files')).hashFileAside(path),
  findDamage: async (folder) => (await import('./onnx/cache/graph-manifest.ts')).findDamage(folder),
};

/** Answers what comes through the port, until its other end is closed. */
export function serveFileChecks(port: MessagePort): void {
  const answer = (reply: CheckReply) => port.postMessage(reply);
  port.on('message', ({ request, kind, path }: CheckRequest) => {
    CHECKS[kind](path).then(
      (found) => answer({ request, found }),
      (thrown) => answer({ request, error: toPlainError(thrown) }),
    );
  });
}

/** Asks through the port. Rejects with what failed there. */
export function askFileChecks(port: MessagePort): FileChecks {
  const waiting: PromiseWithResolvers<unknown>[] = [];
  port.on('message', ({ request, found, error }: CheckReply) => {
    if (error === undefined) waiting[request]?.resolve(found);
    else waiting[request]?.reject(fromPlainError(error));
  });
  const ask = <Found>(kind: keyof FileChecks, path: string): Promise<Found> => {
    const answer = Promise.withResolvers<unknown>();
    port.postMessage({ request: waiting.push(answer) - 1, kind, path } satisfies CheckRequest);
    return answer.promise as Promise<Found>;
  };
  return {
    hash: (path) => ask('hash', path),
    findDamage: (folder) => ask('findDamage', folder),
  };
}
