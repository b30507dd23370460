import type { Meter } from '@opentelemetry/api';
import { counterOf, gaugeOf } from './instruments.ts';

/** Why a caller was refused: no token, no bearer, an unknown or expired one, or not its roles' business. */
export type RefusalReason = 'none' | 'malformed' | 'unknown' | 'expired' | 'role';

/** What the coordinator's door counts. */
export interface AccessMetrics {
  refused(reason: RefusalReason): void;
}

/**
 * Why a TLS handshake failed: a certificate, theirs or ours; no TLS, or none that both speak; cut off before its end,
 * as by a probe that looks whether a port is open; not ended in time.
 */
export type HandshakeFailure = 'certificate' | 'protocol' | 'cut' | 'slow';

/** What the TLS of the port counts. */
export interface TlsMetrics {
  handshakeFailed(reason: HandshakeFailure): void;
}

/** Makes the instruments of the port's TLS; `secondsLeft` is how long its certificate is in force. Call once. */
export function createTlsMetrics(meter: Meter, secondsLeft: () => number): TlsMetrics {
  gaugeOf(meter, 'helium_tls_certificate_seconds', secondsLeft);
  const failed = counterOf(meter, 'helium_tls_handshakes_failed_total');
  return { handshakeFailed: (reason) => failed.add(1, { reason }) };
}

/** Makes the door's instruments. With a no-op meter nothing is counted. */
export function createAccessMetrics(meter: Meter): AccessMetrics {
  const refused = counterOf(meter, 'helium_calls_refused_total');
  return { refused: (reason) => refused.add(1, { reason }) };
}
