import { fileURLToPath } from 'node:url';
import { type Fault, isJsonObject } from '@helium/shared';
import type { ArgumentRule } from '../plan/function-arguments.ts';
import type { HostFunction } from './define-functions.ts';
import type { LoadedFunction } from './thread-messages.ts';

export interface LoadedModules {
  readonly functions: readonly LoadedFunction[];
  readonly runners: ReadonlyMap<string, HostFunction>;
  /** What is wrong, by module path and function; empty when all is well. */
  readonly faults: readonly Fault[];
}

const RULE_KEYS: Readonly<Record<keyof ArgumentRule, string>> = {
  optional: 'boolean',
  wholeFrom: 'number',
  patternWith: 'string',
};

const NAME = /^[a-z][a-z0-9_.-]{0,127}$/;

/** Imports the modules (file: URLs), which runs their code, and checks what they export. */
export async function importFunctions(modules: readonly string[]): Promise<LoadedModules> {
  const functions: LoadedFunction[] = [];
  const runners = new Map<string, HostFunction>();
  const faults: Fault[] = [];
  for (const [module, url] of modules.entries()) {
    const path = fileURLToPath(url);
    for (const [name, entry] of await exportsOf(url, path, faults)) {
      const wrong = runners.has(name) ? 'is defined twice' : faultOf(name, entry);
      if (wrong !== undefined) {
        faults.push({ field: `${path}: ${name}`, message: wrong });
        continue;
      }
      const { description, pure, args } = entry as HostFunction;
      functions.push({ name, description, pure, module, ...(args === undefined ? {} : { args }) });
      runners.set(name, entry as HostFunction);
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
  const { description, pure, run, args } = entry as Partial<HostFunction>;
  if (typeof description !== 'string') return 'has no text `description`';
  if (typeof pure !== 'boolean') return 'does not say whether it is `pure`: true or false';
  if (typeof run !== 'function') return 'has no function `run`';
  return args === undefined ? undefined : argumentRulesFault(args);
}

/** Of what a module says its function takes: a misspelt rule would be none. */
function argumentRulesFault(args: unknown): string | undefined {
  if (!isJsonObject(args)) return 'has `args` that are no object of rules by name';
  for (const [name, rule] of Object.entries(args)) {
    if (!isJsonObject(rule)) return `args.${name} is no rule, as {}`;
    const unknown = Object.keys(rule).find((key) => !Object.hasOwn(RULE_KEYS, key));
    const known = Object.keys(RULE_KEYS).join(', ');
    if (unknown !== undefined) return `args.${name}: "${unknown}" is none of ${known}`;
    for (const [key, type] of Object.entries(RULE_KEYS)) {
      if (rule[key] !== undefined && typeof rule[key] !== type)
        return `args.${name}: ${key} is no ${type}`;
    }
  }
  return undefined;
}
