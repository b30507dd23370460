import { callId, GREEDY, HeliumError } from '@helium/shared';
import { type EngineEvent, type StartedEngine, startEngine } from '@helium/worker/engine';
import { peakMemoryMib, resetPeakMemory } from '../peak-memory.ts';
import type {
  BenchCall,
  BenchReply,
  BenchRequest,
  BenchStep,
  EndedCall,
} from './engine-message.ts';
import { formatTokenIds, parseTokenIds } from './token-id-tokenizer.ts';

/**
 * A process that holds an engine as a worker does, on a thread of its own, and takes calls from its
 * starter instead of a coordinator.
 */
let started: StartedEngine | undefined;
const steps: BenchStep[] = [];
const ended: EndedCall[] = [];

process.on('disconnect', () => process.exit(1));
process.on('message', (request: BenchRequest) => {
  carryOut(request).catch((thrown) => {
    const { code, message } = HeliumError.from(thrown);
    reply({ kind: 'failed', code, message });
  });
});

async function carryOut(request: BenchRequest): Promise<void> {
  switch (request.kind) {
    case 'open': {
      resetPeakMemory();
      const begun = performance.now();
      const module = new URL('./engine-thread.ts', import.meta.url);
      started = await startEngine(request.config, report, { module });
      const { kvTokens, maxBatch } = started.engine.description;
      reply({ kind: 'opened', seconds: (performance.now() - begun) / 1000, kvTokens, maxBatch });
      break;
    }
    case 'run':
      submit(request.id, request.call);
      break;
    case 'usage': {
      const { user, system } = process.cpuUsage();
      reply({ kind: 'usage', cpuSeconds: (user + system) / 1e6, peakMib: peakMemoryMib() });
      break;
    }
    case 'close':
      await started?.engine.close();
      started = undefined;
      reply({ kind: 'closed' });
  }
}

function submit(id: string, { prompt, newTokens, salt, order }: BenchCall): void {
  started?.engine.submit({
    id: callId(id),
    messages: [{ role: 'user', content: formatTokenIds(prompt) }],
    sampling: GREEDY,
    maxTokens: newTokens,
    stop: [],
    reusePrefix: true,
    cacheSalt: salt,
    order,
    streamDeltas: false,
  });
}

function report(event: EngineEvent): void {
  if (event.kind === 'stepped') {
    const { prefillTokens, decodeCalls } = event.step;
    const atMs = performance.timeOrigin + performance.now();
    steps.push({ atMs, prefillTokens, decodeCalls });
  }
  if (event.kind === 'failed')
    reply({ kind: 'failed', code: 'ENGINE_FAILED', message: event.message });
  if (event.kind !== 'finished') return;
  const { id, text, usage, error } = event.result;
  const { prefilledTokens } = usage;
  const failure = error === undefined ? {} : { error: `${error.code}: ${error.message}` };
  // The step that ended the call is told in the same turn, after it.
  if (ended.length === 0) queueMicrotask(tellEnded);
  ended.push({ id, tokens: parseTokenIds(text), prefilledTokens, ...failure });
}

function tellEnded(): void {
  reply({ kind: 'finished', calls: ended.splice(0), steps: steps.splice(0) });
}

function reply(message: BenchReply): void {
  process.send?.(message);
}
