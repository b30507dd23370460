import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createTinyModel } from '@helium/model/tiny';
import { expect, it, onTestFinished } from 'vitest';

const PROGRAM = fileURLToPath(new URL('quiet-engine.fixture.ts', import.meta.url));

it('lets onnxruntime keep no record of its use in the cache folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'helium-quiet-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [cache, graphs] = [join(folder, 'cache'), join(folder, 'graphs')];
  mkdirSync(cache);
  const { ORT_DISABLE_TELEMETRY: _, ...variables } = process.env;
  const env = { ...variables, HOME: cache, XDG_CACHE_HOME: cache };
  const model = await createTinyModel(folder);
  await promisify(execFile)(process.execPath, [PROGRAM, model, graphs], { env });
  expect(readdirSync(graphs)).toHaveLength(1);
  expect(readdirSync(cache)).toEqual([]);
});
