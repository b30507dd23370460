import { fileURLToPath } from 'node:url';
import type { Fault } from '@helium/shared';
import type { HostFunction } from './define-functions.ts';
import type { LoadedFunction } from './thread-messages.ts';

export interface LoadedModules {
  readonly functions: readonly LoadedFunction[];
  readonly runners: ReadonlyMap<string, HostFunction['run']>;
  /** What is wrong, by module path and function; empty when all is well. */
  readonly faults: readonly Fault[];
}

const NAME = /^[a-z][a-z0-9_.-]{0,127}$/;

/** Imports the modules (file: URLs), which runs their code, and checks what they export. */
export async function importFunctions(modules: readonly string[]): Promise<LoadedModules> {
  const functions: LoadedFunction[] = [];
  const runners = new Map<string, HostFunction['run']>();
  const faults: Fault[] = [];
  for (const [module, url] of modules.entries()) {
    const path = fileURLToPath(url);
    for (const [name, entry] of await exportsOf(url, path, faults)) {
      const wrong = runners.has(name) ? 'is defined twice' : faultOf(name, entry);
      if (wrong !== undefined) {
        faults.push({ field: `${path}: ${name}`, message: wrong });
        continue;
      }
      const { description, pure, run } = entry as HostFunction;
      functions.push({ name, description, pure, module });
      runners.set(name, run.bind(entry));
    }
  }
  return { functions, runners, faults };
}

async function exportsOf(
  url: string,
  path: string,
  faults: Fault[],
): Promise<readonly [string, unknown][]> {
  try {
    const { functions } = await import(url);
    if (typeof functions === 'object' && functions !== null) return Object.entries(functions);
    faults.push({ field: path, message: 'does not export an object `functions`' });
  } catch (error) {
    faults.push({ field: path, message: error instanceof Error ? error.message : String(error) });
  }
  return [];
}

function faultOf(name: string, entry: unknown): string | undefined {
  if (!NAME.test(name)) return `a function's name matches ${NAME.source}`;
  if (typeof entry !== 'object' || entry === null) return 'is not { description, pure, run }';
  const { description, pure, run } = entry as Partial<HostFunction>;
  if (typeof description !== 'string') return 'has no text `description`';
  if (typeof pure !== 'boolean') return 'does not say whether it is `pure`: true or false';
  return typeof run === 'function' ? undefined : 'has no function `run`';
}
