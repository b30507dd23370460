import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type TLSSocket, Server as TlsServer } from 'node:tls';
import type { Clock } from '@helium/shared';
import type { HandshakeFailure, Logger, TlsMetrics } from '@helium/shared/telemetry';
import { QuietLog } from './quiet-log.ts';

/** Of Node: every server that is about to listen. */
const LISTENING = 'tracing:net.server.listen:asyncStart';

/** As Node gives it: with the words of OpenSSL alone where it is of that. */
type TlsError = NodeJS.ErrnoException & { readonly reason?: string };

/** A connection that did not come to be. */
export interface FailedHandshake {
  readonly kind: HandshakeFailure;
  /** In OpenSSL's or Node's words. */
  readonly why: string;
  /** host:port of the other side; Node does not know it any more where it refused a certificate. */
  readonly peer: string | undefined;
}

/**
 * Runs `listen`, and tells `onFailure` of every TLS handshake that fails at a server that began to listen meanwhile.
 * grpc-js keeps its server to itself, and Node's server says nothing to whoever does not ask it.
 */
export async function hearHandshakes<T>(
  listen: () => Promise<T>,
  onFailure: (failure: FailedHandshake) => void,
): Promise<T> {
  const attach = (message: unknown) => {
    const { server } = message as { readonly server: unknown };
    if (!(server instanceof TlsServer)) return;
    server.on('tlsClientError', (error: TlsError, socket: TLSSocket) => {
      onFailure(failureOf(error, socket));
    });
  };
  subscribe(LISTENING, attach);
  try {
    return await listen();
  } finally {
    unsubscribe(LISTENING, attach);
  }
}

/** Counts failures, and tells them in the log; at level debug alone what a probe of the port does as well. */
export function tellHandshakes(options: {
  readonly metrics: TlsMetrics;
  readonly logger: Logger;
  readonly clock: Clock;
}): (failure: FailedHandshake) => void {
  const { metrics, logger } = options;
  const log = new QuietLog(logger, options.clock);
  return ({ kind, why, peer }) => {
    metrics.handshakeFailed(kind);
    if (kind === 'cut') logger.debug('a TLS handshake was cut off', { peer });
    else log.warn(kind, 'a TLS handshake failed', { reason: kind, why, peer });
  };
}

function failureOf(error: TlsError, socket: TLSSocket): FailedHandshake {
  const { remoteAddress, remotePort } = socket;
  const peer = remoteAddress === undefined ? undefined : `${remoteAddress}:${remotePort}`;
  // Node closes such a connection without a word; why is to be read from the socket alone.
  const verdict = socket.authorizationError as unknown as string | null | undefined;
  if (verdict) return { kind: 'certificate', why: `its certificate: ${verdict}`, peer };
  return { kind: kindOf(error), why: error.reason ?? error.message, peer };
}

/** What the other side says of our certificate, or we of its. */
const ABOUT_CERTIFICATE = /certificate|unknown ca|unknown_ca/i;

function kindOf({ code, message }: TlsError): HandshakeFailure {
  if (code === 'ECONNRESET') return 'cut';
  if (code === 'ERR_TLS_HANDSHAKE_TIMEOUT') return 'slow';
  return ABOUT_CERTIFICATE.test(message) ? 'certificate' : 'protocol';
}
