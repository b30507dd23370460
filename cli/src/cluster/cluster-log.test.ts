import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openClusterLog } from './cluster-log.ts';

it('keeps the newest logs of earlier clusters and touches nothing else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'helium-logs-'));
  for (let i = 1; i <= 12; i++) {
    const path = join(folder, `cluster-${100_000_000 + i}.log`);
    writeFileSync(path, 'x');
    utimesSync(path, 1000 + i, 1000 + i);
  }
  writeFileSync(join(folder, 'prompt-cache.sqlite'), 'x');
  const log = openClusterLog(folder, () => expect.unreachable());
  log.write('first line');
  log.end();
  await expect.poll(() => readFileSync(log.path, 'utf8')).toBe('first line\n');
  const left = readdirSync(folder);
  expect(left).toHaveLength(11);
  expect(left).toContain('prompt-cache.sqlite');
  expect(left).toContain('cluster-100000004.log');
  expect(left).not.toContain('cluster-100000003.log');
  rmSync(folder, { recursive: true });
});
