import type { TenantId, WorkerId, WorkerIdentity } from '@helium/shared';
import type { TokenizerSpec } from '@helium/shared/tokenizer';
import type { CacheStatistics, PromptCache } from '../cache/prompt-cache.ts';
import type { AttachedWorker, WorkerRegistry } from '../cluster/index.ts';
import type { FunctionHost } from '../functions/index.ts';
import { RULES } from '../optimizer/index.ts';
import { modelName, versionDigest } from '../plan/index.ts';
import { POLICIES } from '../scheduler/index.ts';
import type {
  AttachDecision,
  Capabilities,
  ClusterPort,
  ResidencyRecord,
  WarmedWorker,
  WarmPrefix,
  WorkerDoor,
  WorkerRecord,
} from './cluster-port.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { ModelCatalog } from './model-catalog.ts';
import type { PrefixWarmer } from './prefix-warmer.ts';
import type { WorkerEvent, WorkerPort } from './worker-port.ts';

export interface ClusterParts {
  readonly dispatcher: Dispatcher;
  readonly catalog: ModelCatalog;
  readonly cache: PromptCache;
  readonly functions: FunctionHost;
  readonly warmer: PrefixWarmer;
  readonly heartbeatIntervalMs: number;
  readonly version: string;
  /** A worker came, and its model is known. */
  readonly onAttached: () => void;
  /** Resolves when the dispatcher knows of every run whose turn to be planned has come. */
  readonly runsPlanned: () => Promise<void>;
}

/** Events after which a prefix may have become resident, or never will. */
const RESIDENCY_EVENTS: readonly WorkerEvent['kind'][] = ['residency', 'snapshot', 'lost'];

/** The API's door to workers and what they hold. */
export class Cluster implements ClusterPort, WorkerDoor {
  readonly #parts: ClusterParts;

  constructor(parts: ClusterParts) {
    this.#parts = parts;
  }

  admit(identity: WorkerIdentity): AttachDecision {
    const { dispatcher, catalog, heartbeatIntervalMs } = this.#parts;
    const epoch = dispatcher.core.registry.admit();
    const sendTokenizer = !catalog.hasTokenizer(identity.tokenizerDigest);
    return { epoch, heartbeatIntervalMs, sendTokenizer };
  }

  addTokenizer(digest: string, spec: TokenizerSpec): void {
    if (!this.#parts.catalog.hasTokenizer(digest)) this.#parts.catalog.addTokenizer(digest, spec);
  }

  attach(port: WorkerPort): (event: WorkerEvent) => void {
    const { dispatcher, catalog, warmer } = this.#parts;
    const deliver = dispatcher.attach(port);
    catalog.note(port.identity);
    this.#parts.onAttached();
    return (event) => {
      // Whether a worker is needed is told by the runs that there are: one that is being planned may need it.
      if (event.kind === 'draining' && event.mayStay) {
        void this.#parts.runsPlanned().then(() => deliver(event));
        return;
      }
      deliver(event);
      if (RESIDENCY_EVENTS.includes(event.kind)) warmer.look();
    };
  }

  listWorkers(): readonly WorkerRecord[] {
    const { core } = this.#parts.dispatcher;
    return core.registry.list().map((worker) => recordOf(worker, core));
  }

  residency(worker: WorkerId, limit: number): ResidencyRecord {
    const { core } = this.#parts.dispatcher;
    const { identity, epoch } = core.registry.require(worker);
    const view = core.residency.view(worker);
    const blocks = [...(view?.parents ?? [])].slice(0, limit).map(([hash, parent]) => ({
      hash,
      ...(parent === undefined ? {} : { parent }),
    }));
    return {
      epoch,
      sequence: view?.sequence ?? 0,
      blockTokens: identity.blockTokens,
      blockCount: view?.parents.size ?? 0,
      blocks,
    };
  }

  drainWorker(worker: WorkerId): WorkerRecord {
    const { dispatcher } = this.#parts;
    const attached = dispatcher.core.registry.require(worker);
    dispatcher.post({ kind: 'drainWorker', worker });
    return recordOf(attached, dispatcher.core);
  }

  promptCacheStatistics(tenant: TenantId): Promise<CacheStatistics> {
    return this.#parts.cache.statistics(tenant);
  }

  clearPromptCache(tenant: TenantId): Promise<number> {
    return this.#parts.cache.clear(tenant);
  }

  warmPrefix(request: WarmPrefix): Promise<readonly WarmedWorker[]> {
    return this.#parts.warmer.warm(request);
  }

  capabilities(): Capabilities {
    const { dispatcher, functions, version } = this.#parts;
    const { registry } = dispatcher.core;
    const versions = Map.groupBy(registry.models(), modelName);
    const models = [...versions].map(([name, served]) => ({
      name,
      description: served.map((version) => describeVersion(version, registry)).join('; '),
    }));
    return {
      version,
      policies: POLICIES.map(({ name, description }) => ({ name, description })),
      rules: RULES.map(({ name, description }) => ({ name, description })),
      functions: [...functions.describe()].map(([name, { description }]) => ({
        name,
        description,
      })),
      models,
    };
  }
}

function describeVersion(version: string, registry: WorkerRegistry): string {
  const workers = registry.list().filter(({ identity }) => identity.model === version);
  const count = `${workers.length} worker${workers.length === 1 ? '' : 's'}`;
  const context = `${workers[0]?.identity.contextTokens} tokens of context`;
  return `${count}, ${context}, digest ${versionDigest(version)}`;
}

function recordOf(
  { identity, epoch, state, standing, load, ...counters }: AttachedWorker,
  core: Dispatcher['core'],
): WorkerRecord {
  const { workerId: id, model, modelDigest, engine, device, kvTokens, version } = identity;
  const { finishedCalls, promptTokens, reusedTokens } = counters;
  const { runningCalls, queuedCalls, kvTokensUsed, prefetchedTokens } = load;
  const scheduledCalls = core.scheduledCalls(id);
  return {
    id,
    state,
    stateReason: standing.reason,
    model: modelName(model),
    modelDigest,
    engine,
    device,
    epoch,
    runningCalls,
    queuedCalls,
    scheduledCalls,
    kvTokens,
    kvTokensUsed,
    finishedCalls,
    promptTokens,
    reusedTokens,
    prefetchedTokens,
    version,
  };
}
