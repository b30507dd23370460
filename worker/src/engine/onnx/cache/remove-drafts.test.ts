import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { removeDrafts } from './remove-drafts.ts';

const NOW = Date.now();
const UUID = '0b4e7a52-9f0f-4a51-8a3f-0c6c5b6d7e8f';

it('removes what killed processes left half-built, and nothing that is whole or being written', () => {
  const graphFolder = mkdtempSync(join(tmpdir(), 'helium-drafts-'));
  onTestFinished(() => rmSync(graphFolder, { recursive: true }));
  /** A folder with a file, written to so many minutes ago. */
  const folderOf = (name: string, folderAge: number, fileAge: number) => {
    const folder = join(graphFolder, name);
    mkdirSync(folder);
    const file = join(folder, 'weights.bin');
    writeFileSync(file, 'half');
    for (const [path, age] of [
      [file, fileAge],
      [folder, folderAge],
    ] as const) {
      const at = new Date(NOW - age * 60_000);
      utimesSync(path, at, at);
    }
    return folder;
  };
  const left = [
    folderOf(`d1-9-fast.${UUID}`, 11, 11),
    folderOf(`d2-8-exact-offset.${UUID}`, 99, 99),
  ];
  const kept = [
    folderOf(`d3-9-fast.${UUID}`, 11, 9),
    folderOf('d1-9-fast', 99, 99),
    folderOf('d1-9-fast.notes', 99, 99),
  ];
  const notices: string[] = [];
  removeDrafts(graphFolder, (message) => notices.push(message), NOW);
  expect(left.filter(existsSync)).toEqual([]);
  expect(kept.filter(existsSync)).toEqual(kept);
  expect(notices).toHaveLength(2);
  for (const folder of left) expect(notices.join('\n')).toContain(folder);
});
