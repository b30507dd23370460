import type { Meter } from '@opentelemetry/api';
import { counterOf, gaugeOf } from './instruments.ts';

/** Why a caller was refused: no token, no bearer, an unknown or expired one, or not its roles' business. */
export type RefusalReason = 'none' | 'malformed' | 'unknown' | 'expired' | 'role';

/** What the coordinator's door counts. */
export interface AccessMetrics {
  refused(reason: RefusalReason): void;
}

/** Registers how long the certificate of the port is still in force. Call once. */
export function observeCertificate(meter: Meter, secondsLeft: () => number): void {
  gaugeOf(meter, 'helium_tls_certificate_seconds', secondsLeft);
}

/** Makes the door's instruments. With a no-op meter nothing is counted. */
export function createAccessMetrics(meter: Meter): AccessMetrics {
  const refused = counterOf(meter, 'helium_calls_refused_total');
  return { refused: (reason) => refused.add(1, { reason }) };
}
