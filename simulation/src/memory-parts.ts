import type {
  CacheEntry,
  FunctionDescription,
  FunctionHost,
  PromptCache,
} from '@helium/coordinator/planning';
import { HeliumError, type TenantId } from '@helium/shared';
import type { Agenda } from './agenda.ts';
import { settled } from './settled.ts';

/** Resolves after so many milliseconds of virtual time; whoever waited has gone on before more happens. */
function later<T>(agenda: Agenda, delayMs: number, make: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    agenda.after(delayMs, () => {
      try {
        resolve(make());
      } catch (error) {
        reject(error);
      }
      return settled();
    });
  });
}

/** A prompt cache in memory, a round trip away. */
export function memoryPromptCache(agenda: Agenda, roundTripMs: number): PromptCache {
  const tenants = new Map<TenantId, Map<string, string>>();
  const counts = { hits: 0, misses: 0, stores: 0 };
  const ofTenant = (tenant: TenantId) => {
    const known = tenants.get(tenant) ?? new Map<string, string>();
    tenants.set(tenant, known);
    return known;
  };
  return {
    fetchMany: (tenant, keys) =>
      later(agenda, roundTripMs, () => {
        const entries = ofTenant(tenant);
        const hits = new Map<string, string>();
        for (const key of keys) {
          const text = entries.get(key);
          if (text !== undefined) hits.set(key, text);
        }
        counts.hits += hits.size;
        counts.misses += keys.length - hits.size;
        return hits;
      }),
    storeMany: (tenant, entries: readonly CacheEntry[]) =>
      later(agenda, roundTripMs, () => {
        const kept = ofTenant(tenant);
        for (const { key, text } of entries) kept.set(key, text);
        counts.stores += entries.length;
      }),
    statistics: async (tenant) => ({
      store: 'sqlite',
      reachable: true,
      entries: ofTenant(tenant).size,
      bytes: 0,
      errors: 0,
      rejected: 0,
      ...counts,
    }),
    clear: async (tenant) => {
      const count = ofTenant(tenant).size;
      tenants.delete(tenant);
      return count;
    },
    close: async () => {},
  };
}

/** Functions of `fn` operators, by name. */
export type Functions = Readonly<
  Record<
    string,
    {
      readonly description: string;
      readonly pure: boolean;
      run(args: Readonly<Record<string, string>>): string | Promise<string>;
    }
  >
>;

/** Runs functions in place, a while later. */
export function memoryFunctionHost(
  agenda: Agenda,
  functions: Functions,
  durationMs: number,
): FunctionHost {
  const described = new Map<string, FunctionDescription>();
  for (const name of Object.keys(functions).sort()) {
    const { description, pure } = functions[name]!;
    described.set(name, { description, pure, digest: '' });
  }
  return {
    describe: () => described,
    run: (name, args) =>
      later(agenda, durationMs, () => {
        const known = functions[name];
        if (known === undefined) throw new HeliumError('FUNCTION_UNKNOWN', `no function "${name}"`);
        return known.run(args) as string;
      }),
    close: async () => {},
  };
}
