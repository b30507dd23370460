import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

/** Writes the URL of every module to standard error when it is loaded. */
const TRACE = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  import { writeSync } from 'node:fs';
  registerHooks({ load(url, context, next) { writeSync(2, url + '\\n'); return next(url, context); } });
`)}`;

function modulesOf(...args: string[]): string[] {
  const { stderr } = spawnSync(process.execPath, ['--import', TRACE, MAIN, ...args]);
  return String(stderr).split('\n');
}

it('loads nothing for a connection, nor what reads models and YAML, before it is needed', () => {
  const modules = modulesOf('run', '--help');
  expect(modules).toContainEqual(expect.stringContaining('cli/src/commands/run.ts'));
  const early = new RegExp(
    [
      'grpc-js|protobufjs|node_modules/yaml|shared/src/tokenizer|coordinator/src/scheduler',
      'model/src/gguf|huggingface',
    ].join('|'),
  );
  expect(modules.filter((url) => early.test(url))).toEqual([]);
});
