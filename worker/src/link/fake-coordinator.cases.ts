import { Metadata, Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { encodeRpcStatus, STATUS_DETAILS_KEY, WorkerService, type wire } from '@helium/proto';
import { onTestFinished } from 'vitest';

export type CoordinatorStream = ServerDuplexStream<wire.AttachRequest__Output, wire.AttachResponse>;

/** The coordinator's half of the protocol by hand: a test says what a stream answers. */
export async function serveAttach(
  attach: (stream: CoordinatorStream) => void,
): Promise<{ readonly address: string }> {
  const server = new Server();
  server.addService(WorkerService.service, { Attach: attach });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  onTestFinished(() => server.forceShutdown());
  return { address: `127.0.0.1:${port}` };
}

/** Ends a stream as a coordinator does that has a reason. */
export function refuse(stream: CoordinatorStream, reason: string, message: string): void {
  const rpc = { code: 9, message, reason, domain: 'helium', metadata: {}, violations: [] };
  const metadata = new Metadata();
  metadata.set(STATUS_DETAILS_KEY, encodeRpcStatus(rpc));
  stream.emit('error', { code: 9, details: message, metadata });
}

export const WELCOME: wire.AttachResponse = {
  welcome: { epoch: 7, heartbeatIntervalMs: 1000, version: '0' },
};
