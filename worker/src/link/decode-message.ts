import type { wire } from '@helium/proto';
import { callId, HeliumError } from '@helium/shared';
import type { CoordinatorMessage } from './coordinator-port.ts';
import { decodeBatch } from './decode-batch.ts';
import { decodeDirective } from './decode-directive.ts';
import type { TextStore } from './text-store.ts';

/** Throws INVARIANT_BROKEN on what an attached worker does not understand. */
export function decodeMessage(
  sent: wire.AttachResponse__Output,
  texts: TextStore,
): CoordinatorMessage {
  if (sent.batch) return { kind: 'batch', calls: decodeBatch(sent.batch, texts) };
  if (sent.directives) {
    return { kind: 'directives', directives: sent.directives.directives.map(decodeDirective) };
  }
  if (sent.cancel) {
    const { callIds, unlessBegun } = sent.cancel;
    return { kind: 'cancel', ids: callIds.map(callId), unlessBegun };
  }
  if (sent.snapshotRequest) return { kind: 'snapshotRequest' };
  if (sent.drain) return { kind: 'drain' };
  if (sent.stay) return { kind: 'stay' };
  throw new HeliumError('INVARIANT_BROKEN', `unexpected message: ${sent.message ?? 'none'}`);
}
