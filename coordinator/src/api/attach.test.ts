import {
  type Call,
  callId,
  createPrng,
  GREEDY,
  HeliumError,
  type SequenceBlockHash,
} from '@helium/shared';
import { noTelemetry, silentLogger } from '@helium/shared/telemetry';
import { type StartedEngine, startEngine, startWorker } from '@helium/worker';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { WorkerEvent, WorkerPort } from '../dispatch/worker-port.ts';
import { serveFakes, until } from './fake-ports.cases.ts';
import { startServer } from './server.ts';

const CONFIG = {
  engine: 'sim',
  modelPath: '',
  modelName: 'm',
  graphFolder: '',
  threads: 1,
  precision: 'exact',
  maxBatch: 4,
  kvMib: 2048,
  contextTokens: 4096,
  simSpeed: 0,
} as const;

function call(id: string, content: string): Call {
  return {
    id: callId(id),
    messages: [{ role: 'user', content }],
    sampling: GREEDY,
    maxTokens: 20,
    stop: [],
    reusePrefix: true,
    cacheSalt: 's',
    order: 1,
    streamDeltas: true,
  };
}

type Fakes = Awaited<ReturnType<typeof serveFakes>>;

/** Events of one kind, of one epoch. */
function eventsOf<K extends WorkerEvent['kind']>(fakes: Fakes, kind: K, epoch: number) {
  const found = fakes.door.events.filter((event) => event.kind === kind && event.epoch === epoch);
  return found as unknown as (WorkerEvent & { readonly kind: K })[];
}

function credits(fakes: Fakes, epoch: number): number {
  return eventsOf(fakes, 'credits', epoch).reduce((sum, { calls }) => sum + calls, 0);
}

/** What a coordinator believes from snapshot and events; fails on a gap. */
function believed(fakes: Fakes, epoch: number): Set<SequenceBlockHash> {
  const blocks = new Set<SequenceBlockHash>();
  let last = 0;
  for (const event of fakes.door.events.filter((e) => e.epoch === epoch)) {
    if (event.kind === 'snapshot') {
      blocks.clear();
      for (const { hash } of event.snapshot.blocks) blocks.add(hash);
      last = event.snapshot.sequence;
    }
    if (event.kind !== 'residency') continue;
    for (const { sequence, event: change } of event.events) {
      expect(sequence).toBe(++last);
      if (change.kind === 'cleared') blocks.clear();
      else if (change.kind === 'stored') for (const hash of change.blocks) blocks.add(hash);
      else for (const hash of change.blocks) blocks.delete(hash);
    }
  }
  return blocks;
}

/** A worker with a real link and the sim engine on its thread. */
async function work(address: string) {
  const started: StartedEngine = await startEngine(CONFIG);
  const settings = {
    coordinator: address,
    'worker-id': 'w1',
    'max-calls': 8,
    'message-mib-max': 4,
  } as const;
  const options = { settings, telemetry: noTelemetry(), logger: silentLogger, version: '0' };
  const worker = startWorker(started, options);
  onTestFinished(async () => {
    worker.drain('the test is over');
    await worker.ended.catch(() => {});
    await started.engine.close();
  });
  return { ...worker, engine: started.engine };
}

async function attached(fakes: Fakes, epoch: number): Promise<WorkerPort> {
  await until(() => credits(fakes, epoch) === 8);
  const port = fakes.door.ports.find((known) => known.epoch === epoch);
  if (port === undefined) throw new Error(`no port of epoch ${epoch}`);
  return port;
}

describe('a worker and the coordinator over a socket', () => {
  it('runs calls, reports what is resident, survives the loss of the coordinator, drains', async () => {
    const fakes = await serveFakes();
    fakes.door.sendTokenizer = true;
    const worker = await work(fakes.server.address);
    const port = await attached(fakes, 1);
    expect(fakes.door.tokenizers).toEqual([worker.identity.tokenizerDigest]);
    expect(eventsOf(fakes, 'snapshot', 1)).toMatchObject([{ snapshot: { sequence: 0 } }]);

    const long = 'a long context that all calls share; '.repeat(60);
    port.sendBatch(['a', 'b', 'c'].map((id) => call(id, `${long} ${id}`)));
    await until(() => eventsOf(fakes, 'result', 1).length === 3 && credits(fakes, 1) === 11);
    for (const { result } of eventsOf(fakes, 'result', 1)) {
      expect(result.error).toBeUndefined();
      const deltas = eventsOf(fakes, 'delta', 1).filter(({ delta }) => delta.id === result.id);
      expect(deltas.map(({ delta }) => delta.text).join('')).toBe(result.text);
    }
    await until(() => believed(fakes, 1).size > 0);

    // A gap: the coordinator asks, and the answer is what the engine holds.
    port.requestSnapshot();
    await until(() => eventsOf(fakes, 'snapshot', 1).length === 2);
    const resident = believed(fakes, 1);
    const truth = await worker.engine.snapshot();
    expect([...resident].sort()).toEqual(truth.blocks.map(({ hash }) => hash).sort());

    // The coordinator goes while a call runs, and comes back at the same address.
    port.sendBatch([call('lost', `${long} lost`)]);
    await fakes.server.close(0);
    const again = await startServer({
      listen: fakes.server.address,
      ports: { runs: fakes.runs, workers: fakes.door, cluster: undefined as never },
      messageMibMax: 4,
      version: '0',
    });
    const second = await attached(fakes, 2);
    expect(eventsOf(fakes, 'lost', 1)).toHaveLength(1);
    const kept = believed(fakes, 2);
    for (const hash of resident) expect(kept.has(hash)).toBe(true);

    // The same text is sent anew: the worker forgot what the former epoch defined.
    second.sendBatch([call('a', `${long} a`)]);
    second.drain();
    expect(await worker.ended).toEqual({ kind: 'drained' });
    await until(() => eventsOf(fakes, 'lost', 2).length === 1);
    expect(eventsOf(fakes, 'result', 2).map(({ result }) => result.id)).toEqual(['a']);
    expect(eventsOf(fakes, 'draining', 2).map(({ mayStay }) => mayStay)).toEqual([false]);
    await again.close(0);
  });

  it('tells each worker its texts as its store has them, however they repeat', async () => {
    // Room for two or three of the long texts: most batches make the worker forget some.
    const fakes = await serveFakes({ textBytesMax: 2000 });
    await work(fakes.server.address);
    const port = await attached(fakes, 1);
    const random = createPrng(5);
    const texts = Array.from({ length: 6 }, (_, i) => `text ${i} `.repeat(i * 40 + 1));
    const sent = new Map<string, number>();
    for (let round = 0; round < 30; round++) {
      const batch = Array.from({ length: 3 }, (_, i) => {
        const n = Math.floor(random() * texts.length);
        sent.set(`${round}.${i}`, n);
        return call(`${round}.${i}`, texts[n] ?? '');
      });
      port.sendBatch(batch);
      await until(() => eventsOf(fakes, 'result', 1).length === sent.size);
    }
    // Equal prompts give equal texts and token counts, different ones different counts.
    const counts = new Map<number, Set<number>>();
    for (const { result } of eventsOf(fakes, 'result', 1)) {
      expect(result.error).toBeUndefined();
      const n = sent.get(result.id) ?? -1;
      counts.set(n, (counts.get(n) ?? new Set()).add(result.usage.promptTokens));
    }
    for (const of of counts.values()) expect(of.size).toBe(1);
    expect(new Set([...counts.values()].flatMap((set) => [...set])).size).toBe(counts.size);
  });

  it('ends with the reason when it is refused for good', async () => {
    const fakes = await serveFakes();
    fakes.door.refusal = new HeliumError('MODEL_MISMATCH', '"m" is served with another digest');
    const worker = await work(fakes.server.address);
    await expect(worker.ended).rejects.toMatchObject({
      code: 'MODEL_MISMATCH',
      message: '"m" is served with another digest',
    });
  });
});
