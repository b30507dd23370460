import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { formatAddress, parseAddress } from '../config/address.ts';
import { HeliumError } from '../errors/helium-error.ts';

export interface PrometheusEndpoint {
  /** The metric reader to give to the SDK. */
  readonly exporter: PrometheusExporter;
  /** host:port as bound. */
  readonly address: string;
  close(): Promise<void>;
}

/** Lets a request in by its header `authorization`, or says why not. */
export type MetricsDoor = (
  authorization: string | undefined,
) => { readonly status: 401 | 403; readonly message: string } | undefined;

/**
 * Serves `GET /metrics` on `listen` (host:port). Its own server rather than the exporter's, which
 * takes port 0 for its default port. `door` says who may read; default: everybody. Throws CONFIG_INVALID for what is no address of this machine,
 * and ADDRESS_IN_USE.
 */
export async function startPrometheusEndpoint(
  listen: string,
  door: MetricsDoor = () => undefined,
): Promise<PrometheusEndpoint> {
  const { host, port } = parseAddress('metrics-listen', listen);
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    const refused = door(request.headers.authorization);
    if (refused !== undefined) {
      const headers = refused.status === 401 ? { 'www-authenticate': 'Bearer' } : {};
      response.writeHead(refused.status, headers).end(`${refused.message}\n`);
    } else if (path === '/metrics' && (request.method === 'GET' || request.method === 'HEAD')) {
      exporter.getMetricsRequestHandler(request, response);
    } else {
      response.writeHead(404).end('see /metrics\n');
    }
  });
  server.unref();
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw listenFailed(listen, error);
  }
  const bound = server.address() as AddressInfo;
  return {
    exporter,
    address: formatAddress({ host, port: bound.port }),
    close: () => closeServer(server),
  };
}

function listenFailed(listen: string, cause: unknown): HeliumError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE') {
    const message = `metrics-listen: ${listen} is in use by another program`;
    return new HeliumError('ADDRESS_IN_USE', message, { cause });
  }
  const message = `metrics-listen: cannot listen on ${listen}: ${(cause as Error).message}`;
  return new HeliumError('CONFIG_INVALID', message, { cause });
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
