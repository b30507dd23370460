import { workerId } from '@helium/shared';
import { createLogger } from '@helium/shared/telemetry';
import { describe, expect, it } from 'vitest';
import type { CoreEvent, MadeSchedule, WorkerSequence } from './core/core-event.ts';
import type { PlacedPart } from './place-calls.ts';
import { type ScheduleMakers, ScheduleRequests } from './schedule-requests.ts';

const sequence = (places: number) =>
  ({ worker: workerId('w'), places: Array(places).fill(undefined) }) as unknown as WorkerSequence;

const fail = () => {
  throw new Error('no way');
};

/** What was posted, turns between, and what the log says. */
function open(makers: Partial<ScheduleMakers>) {
  const posted: (CoreEvent | 'turn')[] = [];
  const lines: string[] = [];
  const logger = createLogger('test', 'info', { write: (line) => lines.push(line) });
  const all: ScheduleMakers = {
    makeSchedule: (version) => ({ version, workers: [] }),
    placeCalls: () => ({ workers: [], isPart: false }),
    improvePlaces: async () => [],
    turn: async () => void posted.push('turn'),
    ...makers,
  };
  const requests = new ScheduleRequests(all, logger, (event) => posted.push(event));
  const settle = () => new Promise(setImmediate);
  return { requests, posted, lines, settle };
}

describe('ScheduleRequests', () => {
  it('puts a large schedule into force in parts, with a turn between them', async () => {
    const workers = [sequence(3)];
    const { requests, posted, settle } = open({
      makeSchedule: async (version) => ({ version, workers }),
      placesPerPart: 2,
    });
    requests.schedule(7);
    await settle();
    const part = (places: number) => ({ version: 7, workers: [sequence(places)] });
    expect(posted).toEqual([
      { kind: 'scheduleMade', schedule: part(2), isPart: true },
      'turn',
      { kind: 'scheduleMade', schedule: part(1) },
    ]);
  });

  it.each<[string, (version: number) => Promise<MadeSchedule>]>([
    ['thrown', fail],
    ['rejected', () => Promise.reject(new Error('no way'))],
  ])('answers by an empty schedule where none can be made (%s), and says so', async (_, make) => {
    const { requests, posted, lines, settle } = open({ makeSchedule: make });
    requests.schedule(7);
    await settle();
    expect(posted).toEqual([{ kind: 'scheduleMade', schedule: { version: 7, workers: [] } }]);
    expect(lines).toEqual([expect.stringMatching(/ERROR.*no schedule could be made.*no way/)]);
  });

  it('places calls part by part until there are no others, once at a time', async () => {
    const parts: PlacedPart[] = [
      { workers: [sequence(1)], isPart: true },
      { workers: [sequence(2)], isPart: false },
    ];
    const tried = new Set<object>();
    const { requests, posted } = open({
      placeCalls(before) {
        tried.add(before);
        return parts.shift() as PlacedPart;
      },
    });
    await Promise.all([requests.place(), requests.place()]);
    expect(tried.size).toBe(1);
    expect(posted).toEqual([
      { kind: 'callsPlaced', workers: [sequence(1)], isPart: true },
      'turn',
      { kind: 'callsPlaced', workers: [sequence(2)], isPart: false },
    ]);
  });

  it('lets calls wait for the schedule where places cannot be found, and says so', async () => {
    const { requests, posted, lines } = open({ placeCalls: fail });
    await requests.place();
    expect(posted).toEqual([{ kind: 'callsPlaced', workers: [], isPart: false }]);
    expect(lines).toEqual([expect.stringMatching(/ERROR.*new calls got no places.*no way/)]);
    await requests.place();
    expect(posted).toHaveLength(2);
  });

  it('answers by nothing better where improving fails', async () => {
    const { requests, posted, lines } = open({ improvePlaces: async () => fail() });
    await requests.improve(3, 100);
    expect(posted).toEqual([{ kind: 'scheduleImproved', generation: 3, workers: [] }]);
    expect(lines).toEqual([expect.stringMatching(/ERROR.*could not be improved.*no way/)]);
  });

  it('says nothing of what fails because it was closed', async () => {
    const { requests, posted, lines, settle } = open({
      makeSchedule: () => Promise.reject(new Error('closed')),
      improvePlaces: () => Promise.reject(new Error('closed')),
    });
    requests.close();
    requests.schedule(7);
    await requests.improve(3, 100);
    await settle();
    expect(lines).toEqual([]);
    expect(posted).toEqual([{ kind: 'scheduleImproved', generation: 3, workers: [] }]);
  });
});
