import { availableParallelism } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { BATCHES, machineCpuSeconds, ownCpuSeconds, type Workloads } from '@helium/bench/engine';
import type { EngineConfig } from '@helium/worker/engine';
import { MeasuredEngine } from './measured-engine.ts';
import { type CallsRun, runCalls } from './run-calls.ts';
import { decodeCalls, mapReduceCalls, prefillCalls, sharedCalls } from './workload-calls.ts';

/** Between opening and measuring: as workers have before calls come, an engine has its memory ready after it. */
const SETTLE_MS = 1000;

/** What was measured, each as often as it was repeated. */
export interface EngineFigures {
  readonly prefillTokensPerSecond: readonly number[];
  /** By batch size. */
  readonly decodeTokensPerSecond: Readonly<Record<number, readonly number[]>>;
  readonly sharedColdSeconds: readonly number[];
  readonly sharedWarmSeconds: readonly number[];
  readonly mapReduceSeconds: readonly number[];
  /** Until an engine takes calls: it can prefill, what decodes may still be opening. */
  readonly loadSeconds: readonly number[];
  /** From the same beginning until a call that was there at once had its first token, and its second (decoded). */
  readonly firstTokenSeconds: readonly number[];
  readonly secondTokenSeconds: readonly number[];
  /** Of all engine processes together, at their highest. */
  readonly peakMib: number;
  /** Of workloads a to d, all repeats: wall clock, processor time of ours and of others. */
  readonly wallSeconds: number;
  readonly ownCpuSeconds: number;
  readonly foreignCpuSeconds: number | undefined;
}

export interface EngineMeasurement {
  readonly workloads: Workloads;
  readonly config: EngineConfig;
  readonly engines: number;
  readonly repeats: number;
  /** Told each step, for people. */
  readonly report: (step: string) => void;
}

/** Measures one engine, or several that share the work. Rejects with the engine's error. */
export async function measureEngine(measurement: EngineMeasurement): Promise<EngineFigures> {
  const opened: MeasuredEngine[] = [];
  try {
    const openings = await measureOpenings(measurement, opened);
    return {
      ...(await measureWorkloads(measurement, opened)),
      loadSeconds: openings.map(({ load }) => load),
      firstTokenSeconds: openings.map(({ firstToken }) => firstToken),
      secondTokenSeconds: openings.map(({ secondToken }) => secondToken),
    };
  } finally {
    for (const engine of opened) engine.end();
  }
}

/** The first opening may build graphs and compile sources and is not counted. Leaves the last one's engines open. */
async function measureOpenings(
  { workloads, config, engines, repeats, report }: EngineMeasurement,
  opened: MeasuredEngine[],
): Promise<Opening[]> {
  const openings: Opening[] = [];
  const [call] = decodeCalls(workloads, 1);
  for (let i = 0; i <= repeats; i++) {
    await Promise.all(opened.splice(0).map((engine) => engine.close()));
    opened.push(...Array.from({ length: engines }, () => new MeasuredEngine()));
    const each = await Promise.all(
      opened.map(async (engine): Promise<Opening> => {
        const load = await engine.open(config);
        const run = await runCalls([engine], [{ ...call!, newTokens: 2 }], 'opening');
        return { load, firstToken: load + run.secondsToFirst, secondToken: load + run.seconds };
      }),
    );
    const last = (time: keyof Opening) => Math.max(...each.map((opening) => opening[time]));
    if (i === 0) continue;
    openings.push({
      load: last('load'),
      firstToken: last('firstToken'),
      secondToken: last('secondToken'),
    });
  }
  const shown = openings.map(({ load, secondToken }) => [load, secondToken].map(short).join(' / '));
  report(`opened, two tokens generated, s: ${shown.join(', ')}`);
  return openings;
}

/** Seconds since an opening began; of several engines, until the last had it. */
interface Opening {
  readonly load: number;
  readonly firstToken: number;
  readonly secondToken: number;
}

async function measureWorkloads(
  { workloads, repeats, report }: EngineMeasurement,
  engines: readonly MeasuredEngine[],
): Promise<Omit<EngineFigures, `${'load' | 'firstToken' | 'secondToken'}Seconds`>> {
  let salts = 0;
  const run = (calls: Parameters<typeof runCalls>[1], salt = `cold-${salts++}`) =>
    runCalls(engines, calls, salt);
  await wait(SETTLE_MS);
  await run(decodeCalls(workloads, BATCHES.at(-1)!));
  await run(prefillCalls(workloads));
  const before = await processorTime(engines);
  const repeat = async (name: string, work: () => Promise<readonly number[]>) => {
    const values: (readonly number[])[] = [];
    for (let i = 0; i < repeats; i++) values.push(await work());
    report(`${name}: ${values.map((each) => each.map(short).join(' / ')).join(', ')}`);
    return (column: number) => values.map((each) => each[column]!);
  };
  const prefill = await repeat('a, prefill, tok/s', async () => [
    prefillRate(await run(prefillCalls(workloads))),
  ]);
  const decodeTokensPerSecond: Record<number, readonly number[]> = {};
  for (const batch of BATCHES) {
    const rates = await repeat(`b, decode of ${batch}, tok/s`, async () => [
      decodeRate(await run(decodeCalls(workloads, batch))),
    ]);
    decodeTokensPerSecond[batch] = rates(0);
  }
  const shared = await repeat('c, shared prefix, cold / warm, s', async () => {
    const salt = `shared-${salts++}`;
    const calls = sharedCalls(workloads);
    return [(await run(calls, salt)).seconds, (await run(calls, salt)).seconds];
  });
  const mapReduce = await repeat('d, map-reduce, s', async () => [
    (await run(mapReduceCalls(workloads))).seconds,
  ]);
  const after = await processorTime(engines);
  return {
    prefillTokensPerSecond: prefill(0),
    decodeTokensPerSecond,
    sharedColdSeconds: shared(0),
    sharedWarmSeconds: shared(1),
    mapReduceSeconds: mapReduce(0),
    peakMib: after.peakMib,
    wallSeconds: after.wall - before.wall,
    ownCpuSeconds: after.own - before.own,
    foreignCpuSeconds:
      after.machine === undefined || before.machine === undefined
        ? undefined
        : Math.max(0, after.machine - before.machine - (after.own - before.own)),
  };
}

function prefillRate({ seconds, promptTokens }: CallsRun): number {
  return promptTokens / seconds;
}

function decodeRate({ seconds, secondsToFirst, tokensAfterFirst }: CallsRun): number {
  return tokensAfterFirst / (seconds - secondsToFirst);
}

async function processorTime(engines: readonly MeasuredEngine[]) {
  const usages = await Promise.all(engines.map((engine) => engine.usage()));
  const sum = (select: (usage: (typeof usages)[number]) => number) =>
    usages.reduce((total, usage) => total + select(usage), 0);
  return {
    wall: performance.now() / 1000,
    own: sum(({ cpuSeconds }) => cpuSeconds) + ownCpuSeconds(),
    machine: machineCpuSeconds(),
    peakMib: sum(({ peakMib }) => peakMib),
  };
}

/** Threads of one engine where `engines` share the processor. */
export function threadsEach(engines: number): number {
  return Math.max(1, Math.floor(availableParallelism() / engines));
}

function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}
