import { dirname, join, normalize } from 'node:path';
import { IMPURE, PACKAGES, PURE_ROOMS, ROOMS } from '../layers.ts';
import { read, sourceFiles } from '../tree.ts';

const IMPORT = /(?:from|import\()\s*'([^']+)'|import\.meta\.resolve\('([^']+)'\)/g;

/** Prints every import that the layers forbid and every impurity in a pure room; 1 if there is any. */
export function checkLayers(): number {
  const faults = sourceFiles().flatMap(checkFile);
  for (const fault of faults) console.error(fault);
  return faults.length === 0 ? 0 : 1;
}

/** Faults of one file, each with what would be allowed. */
export function checkFile(file: string): string[] {
  return [...importFaults(file, read(file)), ...purityFaults(file, read(file))];
}

export function importFaults(file: string, source: string): string[] {
  const owner = file.split('/')[0] ?? '';
  const test = /\.test\.ts$|\.cases\.ts$|\/test\//.test(file);
  const faults: string[] = [];
  for (const match of withoutComments(source).matchAll(IMPORT)) {
    const target = match[1] ?? match[2] ?? '';
    // Starting a program by its path is not importing it.
    if (match[2] !== undefined && /\/main$/.test(target)) continue;
    const fault = target.startsWith('.')
      ? roomFault(file, owner, target)
      : packageFault(file, owner, target, test);
    if (fault !== undefined) faults.push(fault);
  }
  return faults;
}

function packageFault(
  file: string,
  owner: string,
  target: string,
  test: boolean,
): string | undefined {
  const name = /^@helium\/([^/]+)/.exec(target)?.[1];
  if (name === undefined || name === owner) return undefined;
  const allowed = PACKAGES[owner] ?? [];
  // Tests may make the world they need.
  if (test && name in PACKAGES) return undefined;
  const door = target.replace('@helium/', '');
  if (!allowed.includes(name) && !allowed.includes(door))
    return `${file}: imports ${target}; ${owner} may import: ${allowed.join(', ') || 'nothing'}`;
  const room = file.split('/')[2] ?? '';
  const rooms = ROOMS[owner];
  const wire = name === 'proto' && rooms?.[room] !== undefined && !rooms[room].includes('proto');
  return wire
    ? `${file}: imports ${target}; the wire is visible to api/ and link/ only`
    : undefined;
}

function roomFault(file: string, owner: string, target: string): string | undefined {
  const path = normalize(join(dirname(file), target));
  if (!path.startsWith(`${owner}/`) && !owner.includes('.'))
    return `${file}: reaches into ${path}; import the package's door`;
  const [, , from = ''] = file.split('/');
  const [, , to = '', ...rest] = path.split('/');
  const allowed = ROOMS[owner]?.[from];
  if (allowed === undefined || from === to || !file.includes('/src/')) return undefined;
  const inside = [to, ...rest].join('/');
  if (allowed.includes(to) || allowed.includes(inside)) return undefined;
  return `${file}: imports ${path}; ${from}/ may import: ${allowed.join(', ') || 'no other room'}`;
}

export function purityFaults(file: string, source: string): string[] {
  const pure = PURE_ROOMS.some((room) => file.startsWith(`${room}/`));
  if (!pure || /\.test\.ts$/.test(file)) return [];
  const code = withoutComments(source);
  return IMPURE.filter(({ pattern }) => pattern.test(code)).map(
    ({ what }) => `${file}: ${what} in a pure room`,
  );
}

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
}
