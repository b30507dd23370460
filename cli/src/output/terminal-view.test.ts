import { describe, expect, it } from 'vitest';
import { createProgress, type RunProgress } from './run-view.ts';
import { createTerminalView, frame } from './terminal-view.ts';

/** A run whose operators, of these ids, have one of two calls behind them. */
function halfWay(...ids: readonly string[]): RunProgress {
  const progress = createProgress();
  for (const id of ids) progress.operators.set(id, { total: 2, done: 1, running: 1 });
  const worker = { running: 1, finished: 2, prompt: 100, reused: 25, output: 40 };
  progress.workers.set('worker-1', worker);
  return Object.assign(progress, { isPlanned: true, total: 2 * ids.length, done: ids.length });
}

describe('frame', () => {
  it('claims nothing before the plan is known, and all done where nothing is to run', () => {
    expect(frame(createProgress(), 20, 79)).toEqual(['planning']);
    expect(frame(halfWay(), 20, 79)[0]).toBe('████████████████████████  0/0 calls');
  });

  it('draws the run, each worker and each operator at work', () => {
    expect(frame(halfWay('draft'), 20, 79)).toEqual([
      '████████████░░░░░░░░░░░░  1/2 calls',
      '  worker-1       1 running     2 done  40 tokens  25 % of prompts reused',
      '  ████████████░░░░░░░░░░░░      1/2  draft',
    ]);
  });

  it('keeps long names apart within the width', () => {
    const name = 'a-name-that-says-everything-there-is-to-say-about-the-operator';
    const lines = frame(halfWay(`${name}-1`, `${name}-2`), 20, 79);
    expect(lines.at(-2)).toBe(
      '  ████████████░░░░░░░░░░░░      1/2  a-name-that-says-ever…about-the-operator-1',
    );
    expect(lines.at(-1)).toMatch(/-2$/);
    for (const width of [20, 40, 79, 200]) {
      const widths = frame(halfWay(`${name}-1`), 20, width).map(({ length }) => length);
      expect(Math.max(...widths)).toBeLessThanOrEqual(width);
    }
  });

  it('says how many operators it has no room for', () => {
    const ids = Array.from({ length: 30 }, (_, i) => `operator-${i}`);
    const lines = frame(halfWay(...ids), 10, 79);
    expect(lines).toHaveLength(10);
    expect(lines.at(-1)).toBe('  and 23 more operators');
  });
});

describe('createTerminalView', () => {
  it('takes a terminal without a size for one of 80 columns', () => {
    const written: string[] = [];
    const write = (text: Uint8Array | string) => written.push(String(text)) > 0;
    createTerminalView({ rows: 0, columns: 0, write }).end();
    expect(written).toEqual(['\x1b[0Jplanning\n']);
  });
});
