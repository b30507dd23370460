import { encodeLogprobs, type wire } from '@helium/proto';
import {
  assertNever,
  type CallResult,
  type FinishReason,
  type NumberedResidencyEvent,
  type ResidencySnapshot,
} from '@helium/shared';
import type { WorkerMessage } from './coordinator-port.ts';

const FINISH_REASONS = {
  stop: 'FINISH_REASON_STOP',
  length: 'FINISH_REASON_LENGTH',
  cancelled: 'FINISH_REASON_CANCELLED',
  error: 'FINISH_REASON_ERROR',
} as const satisfies Record<FinishReason, wire.FinishReason>;

export function encodeMessage(message: WorkerMessage): wire.AttachRequest {
  switch (message.kind) {
    case 'heartbeat':
      return { heartbeat: { ...message.load } };
    case 'credits':
      return { credits: { calls: message.calls } };
    case 'deltas': {
      const deltas = message.deltas.map(({ id, ...delta }) => ({ callId: id, ...delta }));
      return { deltas: { deltas } };
    }
    case 'results':
      return { results: { results: message.results.map(encodeResult) } };
    case 'residency':
      return { residency: { events: message.events.map(encodeEvent) } };
    case 'snapshot':
      return { snapshot: encodeSnapshot(message.snapshot) };
    case 'prefetched': {
      const { residentTokens, computedTokens } = message;
      return { prefetched: { residentTokens, computedTokens } };
    }
    case 'draining':
      return { draining: { reason: message.reason, mayStay: message.mayStay } };
    default:
      return assertNever(message);
  }
}

function encodeResult({ id, text, finish, usage, error, logprobs }: CallResult): wire.CallResult {
  const reason = error === undefined ? {} : { error: { ...error } };
  const told = { ...reason, ...encodeLogprobs(logprobs) };
  return { callId: id, text, finish: FINISH_REASONS[finish], usage: { ...usage }, ...told };
}

function encodeEvent({ sequence, event }: NumberedResidencyEvent): wire.ResidencyEvent {
  switch (event.kind) {
    case 'stored': {
      const blocks = event.blocks.map(encodeHash);
      return { sequence, stored: { parent: encodeHash(event.parent), blocks } };
    }
    case 'removed':
      return { sequence, removed: { blocks: event.blocks.map(encodeHash) } };
    case 'cleared':
      return { sequence, cleared: {} };
    default:
      return assertNever(event);
  }
}

function encodeSnapshot({ sequence, blocks }: ResidencySnapshot): wire.ResidencySnapshot {
  const encoded = blocks.map(({ hash, parent, pinned }) => ({
    hash: encodeHash(hash),
    parent: encodeHash(parent),
    pinned,
  }));
  return { sequence, blocks: encoded };
}

/** The root is empty. */
function encodeHash(hash: string | undefined): Buffer {
  return Buffer.from(hash ?? '', 'hex');
}
