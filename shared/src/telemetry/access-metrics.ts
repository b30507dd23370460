import type { Meter } from '@opentelemetry/api';
import { counterOf } from './instruments.ts';

/** Why a caller was refused: no token, no bearer, an unknown or expired one, or not its roles' business. */
export type RefusalReason = 'none' | 'malformed' | 'unknown' | 'expired' | 'role';

/** What the coordinator's door counts. */
export interface AccessMetrics {
  refused(reason: RefusalReason): void;
}

/** Makes the door's instruments. With a no-op meter nothing is counted. */
export function createAccessMetrics(meter: Meter): AccessMetrics {
  const refused = counterOf(meter, 'helium_calls_refused_total');
  return { refused: (reason) => refused.add(1, { reason }) };
}
