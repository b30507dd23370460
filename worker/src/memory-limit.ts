import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import type { MemoryShare } from './engine/index.ts';

/** Where the system tells of control groups; tests have folders of their own. */
export interface SystemFiles {
  /** `/proc/self/cgroup` */
  readonly groups: string;
  /** `/sys/fs/cgroup` */
  readonly root: string;
}

const SYSTEM: SystemFiles = { groups: '/proc/self/cgroup', root: '/sys/fs/cgroup' };

/** Of the limit, for what else runs under it: a coordinator, page tables, the kernel's own. */
const OTHERS_SHARE = 0.1;

/**
 * The memory that one of so many workers may take: of the machine's, or of the control group's limit (that of a
 * container, or `memory.max` of a group around this process) where that is less. What the system does not tell is no
 * limit; never throws.
 */
export function memoryShare(
  workers: number,
  files: SystemFiles = SYSTEM,
  machineBytes = totalmem(),
): MemoryShare {
  const groupBytes = groupLimit(files);
  const limit = Math.min(machineBytes, groupBytes);
  const what =
    groupBytes < machineBytes ? "the control group's memory limit" : "the machine's memory";
  const among = workers > 1 ? `, for ${workers} workers` : '';
  return {
    bytes: Math.floor((limit * (1 - OTHERS_SHARE)) / workers),
    origin: `${what} of ${Math.floor(limit / 2 ** 20)} MiB${among}`,
  };
}

/** The least limit of this process's group and those around it, bytes; Infinity for none. */
function groupLimit({ groups, root }: SystemFiles): number {
  const lines = (read(groups) ?? '').split('\n').map((line) => line.split(':'));
  const unified = lines.find(([number, controllers]) => number === '0' && controllers === '');
  const legacy = lines.find(([, controllers]) => controllers?.split(',').includes('memory'));
  return Math.min(
    ...foldersUp(root, unified?.[2]).map((folder) => readLimit(join(folder, 'memory.max'))),
    ...foldersUp(join(root, 'memory'), legacy?.[2]).map(readLegacyLimit),
  );
}

/** From the group's folder up to the root, which is all that a container may see. */
function foldersUp(root: string, group = '/'): string[] {
  const folders = [root];
  for (let path = group; path !== '/' && path !== '.'; path = dirname(path)) {
    folders.push(join(root, path));
  }
  return folders;
}

function readLimit(path: string): number {
  return bytesOf(read(path));
}

/** Version 1 tells the least limit of the groups around in each of them. */
function readLegacyLimit(folder: string): number {
  const [, bytes] =
    /^hierarchical_memory_limit (\d+)$/m.exec(read(join(folder, 'memory.stat')) ?? '') ?? [];
  return bytesOf(bytes);
}

function bytesOf(text: string | undefined): number {
  const bytes = Number((text ?? '').trim() || Number.NaN);
  return Number.isFinite(bytes) && bytes > 0 ? bytes : Number.POSITIVE_INFINITY;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Another system, or another version of it: it has no such limit to tell of.
    return undefined;
  }
}
