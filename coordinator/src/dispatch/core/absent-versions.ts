import type { ModelDigest, RunId } from '@helium/shared';
import type { AttachedWorker, WorkerRegistry } from '../../cluster/index.ts';
import { modelName, versionDigest } from '../../plan/model-version.ts';
import type { LiveRun } from './live-run.ts';

/** A model's weights that live runs were planned for and nobody serves, while others serve its name. */
export interface AbsentVersion {
  readonly version: string;
  /** Digests that are served under the name; ascending. */
  readonly served: readonly ModelDigest[];
  /** Live runs that may still ask for it. */
  readonly runs: readonly RunId[];
}

/**
 * Notices that workers of a version went and others have its name. A run whose models' workers are all gone waits for
 * them; where they were replaced, the most likely end of that waiting is none.
 */
export class AbsentVersions {
  /** On the lease clock, ms. */
  readonly #since = new Map<string, number>();

  /** Those noticed now, once until they are served again, and all that have been absent for `waitMs`. */
  review(
    now: number,
    waitMs: number,
    { live }: { readonly live: Iterable<LiveRun> },
    registry: WorkerRegistry,
  ): { readonly noticed: readonly AbsentVersion[]; readonly overdue: readonly AbsentVersion[] } {
    const absent = findAbsent(live, registry);
    for (const version of this.#since.keys())
      if (!absent.some((each) => each.version === version)) this.#since.delete(version);
    const noticed = absent.filter(({ version }) => !this.#since.has(version));
    for (const { version } of noticed) this.#since.set(version, now);
    const isOverdue = ({ version }: AbsentVersion) =>
      now - (this.#since.get(version) ?? now) >= waitMs;
    return { noticed, overdue: absent.filter(isOverdue) };
  }
}

function findAbsent(live: Iterable<LiveRun>, registry: WorkerRegistry): AbsentVersion[] {
  const staying = registry.list().filter(({ state, stays }) => state !== 'draining' || stays);
  const served = new Set(staying.map(({ identity }) => identity.model));
  const runs = new Map<string, RunId[]>();
  for (const run of live) {
    for (const version of run.models) {
      if (served.has(version)) continue;
      const asking = runs.get(version);
      if (asking === undefined) runs.set(version, [run.id]);
      else asking.push(run.id);
    }
  }
  return [...runs].flatMap(([version, asking]) => {
    const others = digestsOf(modelName(version), staying);
    return others.length === 0 ? [] : { version, served: others, runs: asking };
  });
}

/** Digests that these workers serve under the name; ascending. */
function digestsOf(name: string, workers: readonly AttachedWorker[]): ModelDigest[] {
  const versions = workers.flatMap(({ identity: { model } }) =>
    modelName(model) === name ? model : [],
  );
  return [...new Set(versions)].sort().map(versionDigest);
}

/** Live runs that may ask for the weights of a worker that drains, where all others that have them drain as well. */
export function runsNeeding(
  { identity: { model: version } }: AttachedWorker,
  live: Iterable<LiveRun>,
  registry: WorkerRegistry,
): RunId[] {
  if (registry.lasting(version) > 0) return [];
  return [...live].filter(({ models }) => models.includes(version)).map(({ id }) => id);
}

/** Whether workers with other weights took the version's place. Where none did, it is to come back, or all are to go. */
export function isReplaced(version: string, registry: WorkerRegistry): boolean {
  const lasting = registry.list().filter(({ state }) => state !== 'draining');
  return digestsOf(modelName(version), lasting).some((digest) => digest !== versionDigest(version));
}
