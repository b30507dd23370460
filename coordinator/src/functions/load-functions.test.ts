import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HeliumError } from '@helium/shared';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FunctionHost } from './function-host.ts';
import { loadFunctions } from './load-functions.ts';

const MISBEHAVING = fileURLToPath(new URL('./testdata/misbehaving.functions.mjs', import.meta.url));
const LIMITS = { callMs: 400, outputBytes: 1000, memoryMib: 64 };

let folder: string;
let host: FunctionHost | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'helium-functions-'));
});
afterEach(async () => {
  await host?.close();
  host = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function load(...paths: string[]): Promise<FunctionHost> {
  host = await loadFunctions(paths, LIMITS);
  return host;
}

function moduleOf(name: string, source: string): string {
  const path = join(folder, name);
  writeFileSync(path, source);
  return path;
}

describe('loadFunctions', () => {
  it('has the built-in functions, and modules’ with the digest of their source', async () => {
    const list = (await load(MISBEHAVING)).describe();
    expect([...list.keys()]).toEqual([...list.keys()].sort());
    expect(list.get('text.trim')).toMatchObject({ pure: true });
    const digest = createHash('sha256').update(readFileSync(MISBEHAVING)).digest('hex');
    expect(list.get('test.echo')).toEqual({ description: 'For tests.', pure: true, digest });
    expect(list.get('test.thread')?.pure).toBe(false);
    expect(list.get('text.trim')?.digest).not.toBe(digest);
  });

  it('takes modules in TypeScript', async () => {
    const source = `export const functions = { up: { description: 'Upper case.', pure: true,
      run: (args: Record<string, string>): string => args.text!.toUpperCase() } };`;
    const functions = await load(moduleOf('up.ts', source));
    expect(await functions.run('up', { text: 'é' })).toBe('É');
  });

  it('calls functions that say what they take with nothing else, and says what that is', async () => {
    const source = `export const functions = { up: { description: 'Upper case.', pure: true,
      args: { text: {}, times: { optional: true, wholeFrom: 1 } }, run: ({ text }) => text.toUpperCase() } };`;
    const functions = await load(moduleOf('args.mjs', source));
    expect(functions.describe().get('up')?.args).toEqual({
      text: {},
      times: { optional: true, wholeFrom: 1 },
    });
    expect(await functions.run('up', { text: 'a' })).toBe('A');
    await expect(functions.run('up', { texts: 'a', times: '0' })).rejects.toMatchObject({
      code: 'FUNCTION_FAILED',
      message:
        'function "up": lacks argument text; takes text, times, not texts; times is "0", not a whole number from 1',
    });
  });

  it('refuses every fault at once, by module and function', async () => {
    const text = `{ description: '', pure: true, run: () => '' }`;
    const one = `export const functions = { a: ${text}, 'B!': ${text}, c: { pure: 1 }, d: null,
      e: { ...${text}, args: [] }, f: { ...${text}, args: { x: { wholefrom: 1 } } }, g: { ...${text}, args: { x: { wholeFrom: '1' } } } };`;
    const paths = [
      moduleOf('one.mjs', one),
      moduleOf('two.mjs', `export const functions = { a: ${text}, 'text.trim': ${text} };`),
      moduleOf('none.mjs', 'export const other = 1;'),
      moduleOf('broken.mjs', 'export const = ;'),
      moduleOf('throws.mjs', "throw new Error('not today');"),
    ];
    const error = await load(...paths).then(() => undefined, HeliumError.from);
    expect(error?.code).toBe('CONFIG_INVALID');
    const faults = error?.faults.map((f) => `${f.field.slice(folder.length + 1)} ${f.message}`);
    expect(faults).toEqual([
      expect.stringMatching(/^one.mjs: B! a function's name matches/),
      'one.mjs: c has no text `description`',
      'one.mjs: d is not { description, pure, run }',
      'one.mjs: e has `args` that are no object of rules by name',
      'one.mjs: f args.x: "wholefrom" is none of optional, wholeFrom, patternWith',
      'one.mjs: g args.x: wholeFrom is no number',
      'two.mjs: a is defined twice',
      'two.mjs: text.trim is defined twice',
      'none.mjs does not export an object `functions`',
      expect.stringMatching(/^broken.mjs .*Unexpected token/),
      'throws.mjs not today',
    ]);
  });

  it('refuses files that are not there by their paths', async () => {
    const path = join(folder, 'missing.mjs');
    const error = await load(path).then(() => undefined, HeliumError.from);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', faults: [{ field: path }] });
  });

  it('refuses a module that ends its thread', async () => {
    await expect(load(moduleOf('exit.mjs', 'process.exit(1)'))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });
});

describe('run', () => {
  it('answers calls, many at once, away from the caller’s thread', async () => {
    const functions = await load(MISBEHAVING);
    const texts = Array.from({ length: 200 }, (_, i) => `é${i}`);
    const results = await Promise.all(
      texts.map((text, i) => functions.run(i % 2 ? 'test.echo' : 'test.later', { text })),
    );
    expect(results).toEqual(texts);
    expect(await functions.run('test.thread', {})).not.toBe('0');
  });

  it('lists the installed functions when the name is not one', async () => {
    const functions = await load();
    await expect(functions.run('json.pik', {})).rejects.toMatchObject({
      code: 'FUNCTION_UNKNOWN',
      message: expect.stringMatching(/"json.pik".*json.pick, .*text.words/),
    });
  });

  it.each([
    ['test.throw', 'function "test.throw": no good'],
    ['test.throw_text', 'only text'],
    ['test.number', 'yields number, not a text'],
    ['test.large', 'yields 1001 bytes, the limit is 1000'],
    ['test.half', 'half a surrogate pair'],
    ['test.never', 'no answer in 400 ms'],
    ['test.exit', 'its thread ended'],
    ['test.crash', 'out of the blue'],
  ])('%s fails: %s; the next call is answered', async (name, message) => {
    const functions = await load(MISBEHAVING);
    await expect(functions.run(name, { bytes: '1001' })).rejects.toMatchObject({
      code: 'FUNCTION_FAILED',
      message: expect.stringContaining(message),
    });
    expect(await functions.run('test.echo', { text: 'still here' })).toBe('still here');
  });

  it('ends a thread that takes too much memory', async () => {
    host = await loadFunctions([MISBEHAVING], { memoryMib: 32, callMs: 60_000 });
    await expect(host.run('test.memory', {})).rejects.toThrow(/its thread ended.*memory/);
    expect(await host.run('test.echo', { text: 'still here' })).toBe('still here');
  });

  it('ends a call that hangs without blocking the loop; those behind it still run', async () => {
    const functions = await load(MISBEHAVING);
    const before = await functions.run('test.thread', {});
    let ticks = 0;
    const ticking = setInterval(() => {
      ticks += 1;
    }, 10);
    const hung = functions.run('test.hang', {});
    const behind = [functions.run('test.echo', { text: 'x' }), functions.run('test.thread', {})];
    await expect(hung).rejects.toThrow('no answer in 400 ms');
    const [echo, after] = await Promise.all(behind);
    clearInterval(ticking);
    expect(echo).toBe('x');
    expect(after).not.toBe(before);
    expect(ticks).toBeGreaterThan(5);
  });

  it('repeats a pure call whose thread another ended, and fails an impure one', async () => {
    const functions = await load(MISBEHAVING);
    const pure = functions.run('test.wait', {});
    const impure = functions.run('test.wait_impure', {});
    const crash = functions.run('test.crash', {});
    const outcome = await Promise.allSettled([pure, impure, crash]);
    expect(outcome).toMatchObject([
      { status: 'fulfilled', value: 'waited' },
      { status: 'rejected', reason: { code: 'FUNCTION_FAILED' } },
      { status: 'rejected', reason: { code: 'FUNCTION_FAILED' } },
    ]);
  });

  it('rejects what is in flight when the functions are closed, and what comes later', async () => {
    const functions = await load(MISBEHAVING);
    const call = functions.run('test.never', {});
    const closed = functions.close();
    await expect(call).rejects.toThrow('closed');
    await closed;
    await expect(functions.run('test.echo', { text: '' })).rejects.toThrow('closed');
  });
});
