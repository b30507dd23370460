import {
  type Clock,
  HeliumError,
  sequenceBlockHashes,
  type TenantId,
  type WorkerId,
} from '@helium/shared';
import type { AttachedWorker } from '../cluster/index.ts';
import { modelName } from '../plan/index.ts';
import type { WarmedWorker, WarmPrefix } from './cluster-port.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { ModelCatalog } from './model-catalog.ts';

/** Longest that a warm-up waits for its workers. */
const WAIT_MS_MAX = 60_000;

/** Computes prefixes on workers before anybody needs them. */
export class PrefixWarmer {
  readonly #dispatcher: Dispatcher;
  readonly #catalog: ModelCatalog;
  readonly #clock: Clock;
  readonly #saltOf: (tenant: TenantId) => string;
  readonly #waiting = new Set<() => void>();

  constructor(
    dispatcher: Dispatcher,
    catalog: ModelCatalog,
    clock: Clock,
    saltOf: (tenant: TenantId) => string,
  ) {
    this.#dispatcher = dispatcher;
    this.#catalog = catalog;
    this.#clock = clock;
    this.#saltOf = saltOf;
  }

  /** Throws MODEL_NOT_SERVED. */
  async warm({ tenant, model, system, pin }: WarmPrefix): Promise<WarmedWorker[]> {
    const { registry, residency } = this.#dispatcher.core;
    const versions = Map.groupBy(registry.models(), modelName);
    const served = requireServed([...versions.keys()], model);
    const cacheSalt = this.#saltOf(tenant);
    const started = (versions.get(served) ?? []).flatMap((version) => {
      const tokens = this.#prefixTokens(version, system);
      return registry.ready(version).map((worker) => {
        const { workerId: id, blockTokens } = worker.identity;
        const resident = () => residentTokens(worker, tokens, cacheSalt, residency);
        const before = resident();
        const directive = { kind: 'prefetch', cacheSalt, tokens, pin, nextUse: Infinity } as const;
        this.#dispatcher.findPort(id)?.sendDirectives([directive]);
        const wanted = tokens.length - (tokens.length % blockTokens);
        return { worker: id, wanted, before, resident };
      });
    });
    const isWarm = ({ wanted, resident, worker }: (typeof started)[number]) =>
      resident() >= wanted || !this.#isAttached(worker);
    await this.#until(() => started.every(isWarm));
    return started.map(({ worker, before, resident }) => {
      const residentNow = resident();
      const computedTokens = Math.max(0, residentNow - before);
      return { worker, residentTokens: residentNow, computedTokens };
    });
  }

  /** Something changed on a worker. */
  look(): void {
    for (const check of [...this.#waiting]) check();
  }

  #isAttached(worker: WorkerId): boolean {
    return this.#dispatcher.core.registry.find(worker) !== undefined;
  }

  /** What every prompt with this system message starts with, whatever the user says next. */
  #prefixTokens(version: string, system: string): Int32Array {
    const prompts = this.#catalog.tokenizerOf(version)?.prompts;
    if (prompts === undefined) {
      const message = `no worker has brought the tokenizer of model "${modelName(version)}" yet`;
      throw new HeliumError('MODEL_UNAVAILABLE', message);
    }
    const { items } = prompts([
      { role: 'system', content: [{ text: system }] },
      { role: 'user', content: [{ hole: 0 }] },
    ]);
    const [first] = items;
    return first?.kind === 'tokens' ? first.tokens : new Int32Array(0);
  }

  #until(isDone: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        timer.cancel();
        this.#waiting.delete(check);
        resolve();
      };
      const check = () => {
        if (isDone()) end();
      };
      const timer = this.#clock.setTimer(WAIT_MS_MAX, end);
      this.#waiting.add(check);
      check();
    });
  }
}

function residentTokens(
  { identity }: AttachedWorker,
  tokens: Int32Array,
  cacheSalt: string,
  residency: Dispatcher['core']['residency'],
): number {
  const hashes = sequenceBlockHashes(tokens, identity.blockTokens, cacheSalt);
  return residency.residentBlocks(identity.workerId, hashes) * identity.blockTokens;
}

/** '' is the only one. */
function requireServed(models: readonly string[], asked: string): string {
  const served = `served: ${models.length === 0 ? 'none' : models.join(', ')}`;
  const [only] = models;
  if (asked === '' && models.length === 1 && only !== undefined) return only;
  if (models.includes(asked)) return asked;
  const what = asked === '' ? 'no model was named' : `no worker serves model "${asked}"`;
  throw new HeliumError('MODEL_NOT_SERVED', `${what}; ${served}`);
}
