import { runId, tenantId } from '@helium/shared';
import { expect, it } from 'vitest';
import { type Census, takeCensus } from './census.fixture.ts';
import { DEFAULT_OPTIONS } from './cluster-options.ts';
import { liveUntil } from './simulate-cluster.ts';
import { type Kind, loadKinds } from './workload.ts';
import { createWorld, type World } from './world.ts';

/** The world around the coordinator: what drives it, its workers, and what stands for its stores. */
const BEYOND = [
  ...['Agenda', 'Checker', 'NaiveAnswers', 'Watchers', 'memoryPromptCache', 'JournalMemory'],
  ...['SimulatedWorker', 'Planner', 'ModelledServer'],
];

/** May grow: up to so much, whatever happens. */
const BOUNDS: Readonly<Record<string, number>> = {
  'modelTokenizer()remembered': 4096,
  // Of attached workers: what they hold.
  'HashResidencyIndex.#workers[].parents': (2 * 65_536) / 16,
};

/** Entries that come and go: what the last schedule and the last runs left. Half of the runs, and of the workers. */
const USUAL = 30;

const REST_MS = 60_000;

/** A row that nobody asked for before. */
function newRow({ rows }: Kind, number: number): Kind['rows'][number] {
  const row = rows[Math.floor(number) % rows.length] ?? {};
  const entries = Object.entries(row).map(([column, text]) =>
    /^[\d\s.]+$/.test(text) ? [column, text] : [column, `${text} (${number})`],
  );
  return Object.fromEntries(entries) as Kind['rows'][number];
}

/** Runs one after the other; with each a worker dies and another one comes, and each third run is cancelled. */
async function live(world: World, kinds: readonly Kind[], from: number, to: number) {
  const { agenda, workers, checker, coordinator } = world;
  for (let number = from; number < to; number++) {
    const kind = kinds[number % kinds.length] as Kind;
    await world.submit({ kind, rows: [newRow(kind, number), newRow(kind, number + 0.5)] });
    const begun = agenda.now + 500;
    await liveUntil(world, () => agenda.now >= begun || checker.liveRuns === 0);
    workers[number + 2]?.start();
    workers[number]?.die(number % 2 === 0);
    const run = runId(`r${number + 1}`);
    const { runs } = coordinator.ports;
    // Answered in virtual time.
    const cancelled = number % 3 === 0 ? runs.cancelRun(tenantId('default'), run, '') : undefined;
    await liveUntil(world, () => checker.liveRuns === 0);
    await cancelled;
  }
  const rested = agenda.now + REST_MS;
  await liveUntil(world, () => agenda.now >= rested);
}

/** Workers come and go, one at a time, and nothing runs. */
async function replaceWorkers({ agenda, workers, ...world }: World, from: number, to: number) {
  for (let number = from; number < to; number++) {
    workers[number + 2]?.start();
    workers[number]?.die(true);
    const attached = agenda.now + 500;
    await liveUntil({ agenda, workers, ...world }, () => agenda.now >= attached);
  }
}

/** Collections that have more entries than before, and than `usual` more. */
function grown(before: Census, after: Census, usual: number): string[] {
  return [...after].flatMap(([place, entries]) => {
    const max = Math.max((before.get(place) ?? 0) + usual, BOUNDS[place] ?? 0);
    return entries <= max ? [] : `${place}: ${entries} entries, ${before.get(place) ?? 0} before`;
  });
}

async function smallWorld(isJournaled: boolean): Promise<World> {
  const options = { ...DEFAULT_OPTIONS, workers: 80, checkedShare: 0 };
  const world = await createWorld(options, { isJournaled });
  for (const worker of world.workers.slice(0, 2)) worker.start();
  await liveUntil(world, () => world.agenda.now >= 100);
  return world;
}

it.each([
  ['', false],
  [' with a journal', true],
])(
  'keeps%s no more of runs, calls and workers that are gone however many there were',
  async (_, isJournaled) => {
    const world = await smallWorld(isJournaled);
    const kinds = await loadKinds();
    await live(world, kinds, 0, 15);
    const before = takeCensus([world.coordinator], BEYOND);
    await live(world, kinds, 15, 75);
    const after = takeCensus([world.coordinator], BEYOND);
    expect(world.core.liveRuns).toBe(0);
    expect(world.core.registry.list()).toHaveLength(2);
    // It looked where runs and workers are kept.
    expect(before.get('RunBook.#entries')).toBe(10);
    expect(before.get('WorkerRegistry.#workers')).toBe(2);
    expect(before.has('JournalWriter.#pending')).toBe(isJournaled);
    expect(grown(before, after, USUAL)).toEqual([]);
  },
);

it('keeps nothing of workers that come and go while nothing runs', async () => {
  const world = await smallWorld(false);
  await replaceWorkers(world, 0, 10);
  const before = takeCensus([world.coordinator], BEYOND);
  await replaceWorkers(world, 10, 70);
  const after = takeCensus([world.coordinator], BEYOND);
  expect(world.core.registry.list()).toHaveLength(2);
  expect(grown(before, after, 0)).toEqual([]);
});
