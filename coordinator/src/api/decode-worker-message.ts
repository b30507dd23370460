import type { wire } from '@helium/proto';
import { HeliumError, type StepTotals, type WorkerIdentity } from '@helium/shared';
import type { WorkerEvent } from '../dispatch/worker-port.ts';
import { decodeResidencyEvent, decodeSnapshot } from './decode-residency.ts';
import { decodeDelta, decodeMs, decodeResult } from './decode-result.ts';

/** Turns what an attached worker sends into events. */
export class WorkerMessageDecoder {
  readonly #contextTokens: number;

  constructor({ contextTokens }: Pick<WorkerIdentity, 'contextTokens'>) {
    this.#contextTokens = contextTokens;
  }

  /** In order. Throws REQUEST_INVALID on what an attached worker has no business sending. */
  decode(sent: wire.AttachRequest__Output): WorkerEvent[] {
    if (sent.heartbeat) return [decodeHeartbeat(sent.heartbeat)];
    if (sent.credits) return [{ kind: 'credits', calls: sent.credits.calls }];
    if (sent.deltas) {
      return sent.deltas.deltas.map((delta) => ({ kind: 'delta', delta: decodeDelta(delta) }));
    }
    if (sent.results) {
      return sent.results.results.map((each) => ({
        kind: 'result',
        result: decodeResult(each, this.#contextTokens),
      }));
    }
    if (sent.residency) {
      return [{ kind: 'residency', events: sent.residency.events.map(decodeResidencyEvent) }];
    }
    if (sent.snapshot) return [{ kind: 'snapshot', snapshot: decodeSnapshot(sent.snapshot) }];
    if (sent.prefetched) {
      const residentTokens = Number(sent.prefetched.residentTokens);
      const computedTokens = Number(sent.prefetched.computedTokens);
      return [{ kind: 'prefetched', residentTokens, computedTokens }];
    }
    if (sent.draining) return [{ kind: 'draining', mayStay: sent.draining.mayStay }];
    throw new HeliumError('REQUEST_INVALID', `unexpected message: ${sent.message ?? 'none'}`);
  }
}

function decodeHeartbeat(sent: wire.Heartbeat__Output): WorkerEvent {
  const { runningCalls, queuedCalls } = sent;
  const kvTokensUsed = Number(sent.kvTokensUsed);
  const loopDelayMs = decodeMs(sent.loopDelayMs, 'heartbeat: loop_delay_ms');
  const prefetchedTokens = Number(sent.prefetchedTokens);
  const steps = sent.steps ? { steps: decodeSteps(sent.steps) } : {};
  const counts = { runningCalls, queuedCalls, kvTokensUsed, prefetchedTokens };
  return { kind: 'heartbeat', load: { ...counts, loopDelayMs, ...steps } };
}

function decodeSteps(sent: wire.StepTotals__Output): StepTotals {
  return {
    steps: Number(sent.steps),
    prefillTokens: Number(sent.prefillTokens),
    decodeCalls: Number(sent.decodeCalls),
    contextTokens: Number(sent.contextTokens),
    ms: decodeMs(sent.ms, 'heartbeat: steps.ms'),
  };
}
