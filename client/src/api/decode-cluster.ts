import type { wire } from '@helium/proto';
import { HeliumError } from '@helium/shared';
import type {
  Capabilities,
  Named,
  PromptCacheStatistics,
  ResidencyRecord,
  ResidentBlock,
  WarmedWorker,
  WorkerRecord,
  WorkerState,
} from './cluster-records.ts';
import { decodeCount } from './decode-count.ts';

const STATES: Readonly<Record<string, WorkerState>> = {
  WORKER_STATE_READY: 'ready',
  WORKER_STATE_SUSPECTED: 'suspected',
  WORKER_STATE_DRAINING: 'draining',
};

export function decodeWorker(worker: wire.Worker__Output): WorkerRecord {
  const id = worker.name.replace(/^workers\//, '');
  const count = (name: CountOf<wire.Worker__Output>) =>
    decodeCount(`worker "${id}": ${name}`, worker[name]);
  return {
    id,
    state: decodeState(id, worker),
    stateReason: worker.stateReason,
    model: worker.model,
    modelDigest: worker.modelDigest,
    engine: worker.engine,
    device: worker.device,
    epoch: count('epoch'),
    runningCalls: worker.runningCalls,
    queuedCalls: worker.queuedCalls,
    scheduledCalls: worker.scheduledCalls,
    kvTokens: count('kvTokens'),
    kvTokensUsed: count('kvTokensUsed'),
    finishedCalls: count('finishedCalls'),
    promptTokens: count('promptTokens'),
    reusedTokens: count('reusedTokens'),
    prefetchedTokens: count('prefetchedTokens'),
    version: worker.version,
  };
}

export function decodeResidency(residency: wire.Residency__Output): ResidencyRecord {
  const count = (name: CountOf<wire.Residency__Output>) =>
    decodeCount(`residency: ${name}`, residency[name]);
  return {
    epoch: count('epoch'),
    sequence: count('sequence'),
    blockTokens: residency.blockTokens,
    blockCount: count('blockCount'),
    blocks: residency.blocks.map(decodeBlock),
  };
}

export function decodePromptCache(cache: wire.PromptCache__Output): PromptCacheStatistics {
  const count = (name: CountOf<wire.PromptCache__Output>) =>
    decodeCount(`prompt cache: ${name}`, cache[name]);
  return {
    store: cache.store,
    reachable: cache.reachable,
    entries: count('entries'),
    bytes: count('bytes'),
    hits: count('hits'),
    misses: count('misses'),
    stores: count('stores'),
    errors: count('errors'),
    rejected: count('rejected'),
  };
}

export function decodeWarmedWorker(warmed: wire.WarmedWorker__Output): WarmedWorker {
  const { worker } = warmed;
  const count = (name: CountOf<wire.WarmedWorker__Output>) =>
    decodeCount(`worker "${worker}": ${name}`, warmed[name]);
  return {
    worker,
    residentTokens: count('residentTokens'),
    computedTokens: count('computedTokens'),
  };
}

export function decodeCapabilities(capabilities: wire.Capabilities__Output): Capabilities {
  return {
    version: capabilities.version,
    policies: capabilities.policies.map(decodeNamed),
    rules: capabilities.rules.map(decodeNamed),
    functions: capabilities.functions.map(decodeNamed),
    models: capabilities.models.map(decodeNamed),
  };
}

/** The fields that are texts; those of them that are 64-bit numbers are not told apart by their type. */
type CountOf<Message> = {
  [Name in keyof Message]: Message[Name] extends string ? Name : never;
}[keyof Message];

function decodeState(id: string, { state, stateReason }: wire.Worker__Output): WorkerState {
  const known =
    state === 'WORKER_STATE_SUSPECTED' && stateReason !== '' ? 'ejected' : STATES[state];
  if (known !== undefined) return known;
  const message = `worker "${id}": state "${state}" is not known to this client`;
  throw new HeliumError('PROTOCOL_INCOMPATIBLE', message);
}

function decodeBlock({ hash, parent }: wire.ResidencyNode__Output): ResidentBlock {
  const own = { hash: hash.toString('hex') };
  return parent.length === 0 ? own : { ...own, parent: parent.toString('hex') };
}

function decodeNamed({ name, description }: wire.Named__Output): Named {
  return { name, description };
}
