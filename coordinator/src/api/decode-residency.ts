import type { wire } from '@helium/proto';
import {
  HeliumError,
  type NumberedResidencyEvent,
  type ResidencyEvent,
  type ResidencySnapshot,
  type SequenceBlockHash,
} from '@helium/shared';

const HASH_BYTES = 16;

/** Throws REQUEST_INVALID on an event that is none. */
export function decodeResidencyEvent(sent: wire.ResidencyEvent__Output): NumberedResidencyEvent {
  return { sequence: Number(sent.sequence), event: decodeChange(sent) };
}

/** Throws REQUEST_INVALID on a hash that is none. */
export function decodeSnapshot(sent: wire.ResidencySnapshot__Output): ResidencySnapshot {
  const blocks = sent.blocks.map(({ hash, parent, pinned }) => ({
    hash: decodeHash(hash),
    ...decodeParent(parent),
    pinned,
  }));
  return { sequence: Number(sent.sequence), blocks };
}

function decodeChange(sent: wire.ResidencyEvent__Output): ResidencyEvent {
  if (sent.stored) {
    const blocks = sent.stored.blocks.map(decodeHash);
    return { kind: 'stored', ...decodeParent(sent.stored.parent), blocks };
  }
  if (sent.removed) return { kind: 'removed', blocks: sent.removed.blocks.map(decodeHash) };
  if (sent.cleared) return { kind: 'cleared' };
  throw new HeliumError('REQUEST_INVALID', `residency event ${sent.sequence} has no change`);
}

function decodeParent(sent: Buffer): { parent?: SequenceBlockHash } {
  return sent.length === 0 ? {} : { parent: decodeHash(sent) };
}

function decodeHash(sent: Buffer): SequenceBlockHash {
  if (sent.length === HASH_BYTES) return sent.toString('hex') as SequenceBlockHash;
  const message = `a block hash has ${sent.length} bytes, not ${HASH_BYTES}`;
  throw new HeliumError('REQUEST_INVALID', message);
}
