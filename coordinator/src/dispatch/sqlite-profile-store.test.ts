import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@helium/shared';
import { createLogger } from '@helium/shared/telemetry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OutputProfile } from './output-profiles.ts';
import { openProfileStore } from './sqlite-profile-store.ts';

let folder: string;
let path: string;
let lines: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'helium-profiles-'));
  path = join(folder, 'profiles.sqlite');
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = () => {
  const logger = createLogger('c', 'info', { write: (line) => lines.push(line) });
  return openProfileStore(folder, logger, systemClock);
};
const PROFILE: OutputProfile = { key: 'a', count: 2, mean: 3.5, squares: 1, longest: 4 };

describe('openProfileStore', () => {
  it('sets a damaged file aside instead of keeping the coordinator from its start', () => {
    writeFileSync(path, 'no database '.repeat(1000));
    const store = open();
    expect(store.load()).toEqual([]);
    store.save([PROFILE]);
    store.close();
    expect(open().load()).toEqual([PROFILE]);
    expect(lines).toEqual([expect.stringContaining(`set aside as ${path}.damaged`)]);
    expect(statSync(`${path}.damaged`).isFile()).toBe(true);
  });

  it('refuses a folder in its place by path', () => {
    mkdirSync(path);
    expect(open).toThrow(expect.objectContaining({ code: 'STORE_UNAVAILABLE' }));
    expect(open).toThrow(path);
  });

  it('saves again after a save that failed half-way', () => {
    const store = open();
    const broken = { ...PROFILE, key: 'b', mean: null as unknown as number };
    expect(() => store.save([PROFILE, broken])).toThrow(/NOT NULL/);
    expect(store.load()).toEqual([]);
    store.save([PROFILE]);
    expect(store.load()).toEqual([PROFILE]);
  });
});
