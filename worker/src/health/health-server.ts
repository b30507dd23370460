import { Server, ServerCredentials } from '@grpc/grpc-js';
import { formatAddress, HeliumError, parseAddress } from '@helium/shared';
import { HealthImplementation } from 'grpc-health-check';
import type { LinkState } from '../link/index.ts';

/** Health names that follow readiness, as at the coordinator. */
const READINESS_NAMES = ['', 'readiness'];

/** Tells probes how the worker is, over grpc.health.v1. */
export interface HealthServer {
  /** host:port as bound. */
  readonly address: string;
  /**
   * `liveness` is SERVING unless the engine has failed; '' and `readiness` only while the worker is
   * attached and takes calls. Before the first report the worker is loading: alive, not ready.
   */
  report(state: LinkState): void;
  /** Ends the service; probes that wait are cut off. */
  close(): void;
}

/**
 * Serves health on `listen` (host:port; port 0 picks one). Throws ADDRESS_IN_USE, and CONFIG_INVALID
 * for what is no address of this machine.
 */
export async function startHealthServer(listen: string): Promise<HealthServer> {
  const server = new Server();
  const health = new HealthImplementation({ liveness: 'SERVING' });
  health.addToServer(server);
  const report = (state: LinkState) => {
    const status = (isServing: boolean) => (isServing ? 'SERVING' : 'NOT_SERVING');
    health.setStatus('liveness', status(state !== 'failed'));
    for (const name of READINESS_NAMES) health.setStatus(name, status(state === 'attached'));
  };
  report('detached');
  const address = await bind(server, listen);
  return { address, report, close: () => server.forceShutdown() };
}

function bind(server: Server, listen: string): Promise<string> {
  const { host, port } = parseAddress('health-listen', listen);
  const asked = formatAddress({ host, port });
  return new Promise((resolve, reject) => {
    server.bindAsync(asked, ServerCredentials.createInsecure(), (cause, bound) => {
      if (cause === null) {
        resolve(formatAddress({ host, port: bound }));
      } else if (cause.message.includes('EADDRINUSE')) {
        const message = `health-listen: ${listen} is in use by another program`;
        reject(new HeliumError('ADDRESS_IN_USE', message, { cause }));
      } else {
        const message = `health-listen: cannot listen on ${listen}: ${cause.message}`;
        reject(new HeliumError('CONFIG_INVALID', message, { cause }));
      }
    });
  });
}
