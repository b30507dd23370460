import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { GRAPH_VERSION } from '../graph/precision.ts';
import { markUsed, removeOldGraphs } from './remove-old-graphs.ts';

const DAY_MS = 24 * 3600 * 1000;
const NOW = Date.now();
const OLD = GRAPH_VERSION - 1;

let graphFolder: string;
let notices: string[];

beforeEach(() => {
  graphFolder = mkdtempSync(join(tmpdir(), 'helium-old-graphs-'));
  notices = [];
});

afterEach(() => rmSync(graphFolder, { recursive: true }));

/** A folder of graphs, written and read last so many days ago. */
function folderOf(name: string, usedDaysAgo: number): string {
  const folder = join(graphFolder, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'manifest.json'), '{}');
  const at = new Date(NOW - usedDaysAgo * DAY_MS);
  utimesSync(join(folder, 'manifest.json'), at, at);
  return folder;
}

function remove() {
  removeOldGraphs(graphFolder, 'd1', (message) => notices.push(message), NOW);
}

it('removes what earlier versions built of the model, in every form, and says so', () => {
  const old = [folderOf(`d1-${OLD}-fast-offset`, 3), folderOf(`d1-${OLD - 1}-exact-single`, 3)];
  remove();
  expect(old.filter(existsSync)).toEqual([]);
  expect(notices).toHaveLength(2);
  for (const folder of old) expect(notices.join('\n')).toContain(folder);
});

it('leaves other models, its own version, and later ones, whose program may run beside', () => {
  const kept = [
    folderOf(`d2-${OLD}-fast`, 30),
    folderOf(`d1-${GRAPH_VERSION}-exact`, 30),
    folderOf(`d1-${GRAPH_VERSION + 1}-fast`, 30),
    folderOf(`d11-${OLD}-fast`, 30),
    folderOf('d1-notes', 30),
  ];
  remove();
  expect(kept.filter(existsSync)).toEqual(kept);
  expect(notices).toEqual([]);
});

it('leaves what a program of an earlier version opened in the last two days', () => {
  const used = folderOf(`d1-${OLD}-fast`, 30);
  markUsed(used, new Date(NOW - 1.9 * DAY_MS));
  remove();
  expect(existsSync(used)).toBe(true);
  markUsed(used, new Date(NOW - 2.1 * DAY_MS));
  remove();
  expect(existsSync(used)).toBe(false);
});

it('takes a reading for a use where the program left no mark', () => {
  const used = folderOf(`d1-${OLD}-fast`, 30);
  utimesSync(join(used, 'manifest.json'), new Date(NOW), new Date(NOW - 30 * DAY_MS));
  remove();
  expect(existsSync(used)).toBe(true);
});

it('tells of a folder that cannot be looked through', () => {
  removeOldGraphs(join(graphFolder, 'none'), 'd1', (message) => notices.push(message));
  expect(notices).toEqual([expect.stringContaining('cannot be looked through')]);
});
