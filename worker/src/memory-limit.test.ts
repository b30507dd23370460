import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { memoryShare } from './memory-limit.ts';

const MIB = 2 ** 20;
const MACHINE = 8192 * MIB;

/** A system that says this of the process's groups, with these files of limits. */
function system(groups: string, files: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), 'helium-groups-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [name, text] of Object.entries({ self: groups, ...files })) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return { groups: join(root, 'self'), root };
}

function limitOf(groups: string, files: Readonly<Record<string, string>>, workers = 1) {
  const { bytes, origin } = memoryShare(workers, system(groups, files), MACHINE);
  return { mib: Math.round(bytes / MIB / 0.9), origin };
}

describe('memoryShare', () => {
  it("is of the machine's memory where nothing limits it, or nothing is told", () => {
    const origin = "the machine's memory of 8192 MiB";
    expect(limitOf('0::/\n', {})).toEqual({ mib: 8192, origin });
    expect(limitOf('0::/\n', { 'memory.max': 'max\n' })).toEqual({ mib: 8192, origin });
    const none = { groups: '/nowhere/self', root: '/nowhere' };
    expect(memoryShare(1, none, MACHINE).origin).toBe(origin);
    const unlimited = { 'memory/memory.stat': 'hierarchical_memory_limit 9223372036854771712\n' };
    expect(limitOf('4:memory:/\n', unlimited).mib).toBe(8192);
  });

  it('is of the limit of the container', () => {
    const max = `${1024 * MIB}\n`;
    expect(limitOf('0::/\n', { 'memory.max': max })).toEqual({
      mib: 1024,
      origin: "the control group's memory limit of 1024 MiB",
    });
    // Of version 1 a container sees its own group as the root, and reads its name outside.
    const stat = {
      'memory/memory.stat': `cache 5\nhierarchical_memory_limit ${512 * MIB}\nrss 1\n`,
    };
    expect(limitOf('4:cpu:/\n3:memory:/docker/1234\n0::/\n', stat).mib).toBe(512);
  });

  it('is of the least limit of the groups around the process', () => {
    const files = {
      'a/memory.max': `${700 * MIB}\n`,
      'a/b/memory.max': 'max\n',
      'a/b/c/memory.max': `${900 * MIB}\n`,
      'other/memory.max': `${1 * MIB}\n`,
    };
    expect(limitOf('0::/a/b/c\n', files).mib).toBe(700);
    const stat = { 'memory/x/y/memory.stat': `hierarchical_memory_limit ${600 * MIB}\n` };
    expect(limitOf('7:cpu,memory:/x/y\n0::/a/b/c\n', { ...files, ...stat }).mib).toBe(600);
  });

  it('is shared by the workers of the machine', () => {
    expect(limitOf('0::/\n', { 'memory.max': `${1024 * MIB}` }, 4)).toEqual({
      mib: 256,
      origin: "the control group's memory limit of 1024 MiB, for 4 workers",
    });
  });
});
