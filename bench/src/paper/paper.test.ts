import { createPrng } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { debate, iterative, mapReduce, trading } from './families.ts';
import { langGraph, StepGraph } from './frontends.ts';
import { PAPER_DEFAULTS } from './index.ts';
import { plotPaper } from './paper-plots.ts';
import { measurePaper, printPaper } from './paper-report.ts';
import { answerBefore, mergeEqual, repeatRows } from './rewrites.ts';
import { drawBatch, type Shape } from './shape.ts';
import { helium, SYSTEMS } from './systems.ts';

const { machine } = PAPER_DEFAULTS;

function batchOf(shape: Shape, rows: number, kvCapacity = 100_000) {
  const limits = { workers: 2, kvCapacity, maxSeqs: 16, maxBatchedTokens: 2048 };
  return drawBatch(shape, rows, limits, createPrng(7));
}

describe('the paper’s workflows', () => {
  it('have the paper’s numbers of calls', () => {
    const counts = [mapReduce('mmlu'), mapReduce('tatqa'), debate('mmlu'), iterative(), trading()];
    expect(counts.map(({ operators }) => operators.length)).toEqual([15, 8, 6, 6, 88]);
    const agents = new Set(trading().operators.map(({ agent }) => agent));
    expect(agents.size).toBe(20);
  });

  it('are the same again for the same seed, dependencies first', () => {
    expect(batchOf(trading(), 3)).toEqual(batchOf(trading(), 3));
    for (const [number, { deps }] of batchOf(trading(), 2).instance.calls.entries()) {
      expect(Math.max(-1, ...deps)).toBeLessThan(number);
    }
  });
});

describe('plan rewrites', () => {
  it('merge the calls of repeated rows and no others', () => {
    const batch = batchOf(debate('mmlu'), 6);
    expect(mergeEqual(batch).instance.calls.length).toBe(36);
    const merged = mergeEqual(repeatRows(batch, 2));
    expect(merged.instance.calls.length).toBe(24);
    expect(merged.instance.calls).toEqual(batch.instance.calls.slice(0, 24));
  });

  it('put answers of the day before in place of calls, equal ones for equal prompts', () => {
    const batch = repeatRows(batchOf(trading(), 4), 1);
    const isStatic = (name: string) => name.startsWith('fundamentals.');
    const answered = answerBefore(batch, isStatic);
    expect(answered.instance.calls.length).toBe(4 * 83);
    expect(mergeEqual(answered).instance.calls.length).toBe(3 * 83);
  });
});

describe('the systems', () => {
  it('all run every call, and hit no more than the prompts share', () => {
    const batch = batchOf(debate('tatqa'), 6);
    for (const system of [...SYSTEMS, helium({ proactiveKv: true, policy: '' })]) {
      const { makespanSeconds, hitRate } = system.play(batch, machine);
      expect(makespanSeconds, system.name).toBeGreaterThan(1);
      expect(hitRate, system.name).toBeLessThan(0.7);
    }
  });

  it('submit calls only when their inputs are there, to the shortest queue', () => {
    const frontend = langGraph(batchOf(mapReduce('tatqa'), 6));
    for (const call of [0, 1, 2]) frontend.ready(call);
    expect(frontend.take().map(({ worker }) => worker)).toEqual([0, 1, 0]);
    frontend.ended(0);
    frontend.ended(2);
    frontend.ready(3);
    expect(frontend.take()).toEqual([{ call: 3, worker: 0 }]);
  });

  it('count KVFlow’s steps to the next execution from what runs', () => {
    const graph = new StepGraph(batchOf(iterative(), 2));
    const steps = () => [0, 1, 2, 5].map((operator) => graph.stepsOf(operator));
    expect(steps()).toEqual([1, 2, 3, 6]);
    graph.started(0);
    expect(steps()).toEqual([0, 1, 2, 5]);
    graph.ended(0);
    graph.ended(0);
    expect(steps()).toEqual([Number.POSITIVE_INFINITY, 1, 2, 5]);
  });
});

describe('the report', () => {
  it('is the same again, prints every table and draws every plot', () => {
    const options = { ...PAPER_DEFAULTS, scale: 0.02 };
    const results = measurePaper(options);
    const timeless = (value: unknown) =>
      JSON.stringify(value, (key, part) => (key === 'planSeconds' ? 0 : part));
    expect(timeless(measurePaper(options))).toBe(timeless(results));
    const text = printPaper(results);
    for (const title of ['Table 2', 'Figure 7', 'Table 3', 'Table 4', 'Table 5', 'Figure 10']) {
      expect(text).toContain(title);
    }
    const plots = plotPaper(results);
    const tables = [
      'table-2',
      'figure-7',
      'table-3',
      'table-4',
      'table-5',
      'figure-10',
      'workflows',
    ];
    expect(Object.keys(plots).sort()).toEqual(tables.map((name) => `paper-${name}.svg`).sort());
    for (const svg of Object.values(plots)) {
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    }
  });
});
