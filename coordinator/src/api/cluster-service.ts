import type { ClusterServiceHandlers, wire } from '@helium/proto';
import { HeliumError, type WorkerId, workerId } from '@helium/shared';
import type { ClusterPort } from '../dispatch/cluster-port.ts';
import { decodeResourceName } from './decode-run.ts';
import { encodeCapabilities, encodeResidency, encodeWorker } from './encode-cluster.ts';
import { type HandlerOptions, unary } from './handlers.ts';

/** What an answer to GetResidency holds at most. */
const RESIDENCY_BLOCKS_MAX = 10_000;

/** ClusterService over what the coordinator knows of its workers and cache. */
export function createClusterService(
  cluster: ClusterPort,
  options: HandlerOptions,
): ClusterServiceHandlers {
  return {
    ListWorkers: unary(options, () => ({ workers: cluster.listWorkers().map(encodeWorker) })),
    GetResidency: unary(options, (request: wire.GetResidencyRequest__Output) =>
      encodeResidency(cluster.residency(workerOf(request), RESIDENCY_BLOCKS_MAX)),
    ),
    GetPromptCache: unary(options, async (_, { tenant }) => ({
      ...(await cluster.promptCacheStatistics(tenant)),
    })),
    ClearPromptCache: unary(options, async (_, { tenant }) => ({
      removed: await cluster.clearPromptCache(tenant),
    })),
    WarmPrefix: unary(options, async (request: wire.WarmPrefixRequest__Output, { tenant }) => {
      const { model, system, pin } = request;
      if (system === '')
        throw new HeliumError('REQUEST_INVALID', 'system: is empty: nothing to warm');
      const workers = await cluster.warmPrefix({ tenant, model, system, pin });
      return { workers: workers.map((worker) => ({ ...worker })) };
    }),
    DrainWorker: unary(options, (request: wire.DrainWorkerRequest__Output) =>
      encodeWorker(cluster.drainWorker(workerOf(request))),
    ),
    GetCapabilities: unary(options, () => encodeCapabilities(cluster.capabilities())),
  };
}

function workerOf(request: { readonly worker: string }): WorkerId {
  return workerId(decodeResourceName('workers', request.worker));
}
