import type { CallId, WorkerId } from '@helium/shared';
import type { Logger } from '@helium/shared/telemetry';
import type { WorkerRegistry } from '../cluster/index.ts';
import { modelName } from '../plan/index.ts';
import type { Effect, NodeRef } from './core/core-event.ts';
import type { RunObserver } from './run-observer.ts';
import { WorkerConduct } from './worker-conduct.ts';
import type { WorkerEvent, WorkerPort } from './worker-port.ts';

export interface AttachmentsParts {
  readonly registry: WorkerRegistry;
  readonly operatorOf: (leader: NodeRef) => string;
  readonly observer: RunObserver;
  readonly logger: Logger;
}

/** A worker's connection, and the calls that it was given over it and has not ended. */
export interface Attachment {
  readonly port: WorkerPort;
  readonly calls: Set<CallId>;
  readonly conduct: WorkerConduct;
}

type Said = Exclude<WorkerEvent, { readonly kind: 'attached' }>;

/**
 * The connections of attached workers: finds them, sends over them, and says in the log and to traces who came, what
 * each was given and ended, and who went.
 */
export class Attachments {
  readonly #parts: AttachmentsParts;
  readonly #open = new Map<string, Attachment>();

  constructor(parts: AttachmentsParts) {
    this.#parts = parts;
  }

  /** Throws EPOCH_STALE. The core is to be told next, then `welcome` called. */
  open(port: WorkerPort): Attachment {
    const { identity, epoch } = port;
    const { registry, logger } = this.#parts;
    registry.assertAttachable(identity, epoch);
    const conduct = new WorkerConduct(identity.workerId, epoch, logger);
    const attachment: Attachment = { port, calls: new Set(), conduct };
    this.#open.set(placeOf(identity.workerId, epoch), attachment);
    return attachment;
  }

  /** The core knows of it. */
  welcome({ port: { identity, epoch } }: Attachment): void {
    const { workerId: worker, model, modelDigest: digest, engine, device } = identity;
    const { logger } = this.#parts;
    logger.info('worker attached', { worker, epoch, model, digest, engine, device });
    const served = this.#countVersions(model);
    if (Object.keys(served).length > 1)
      logger.warn('a model is served with several weights', { model, workers: served });
  }

  /** Workers of the model by digest; of each, what the first computes with: precisions are digests of one file. */
  #countVersions(model: string): Record<string, string> {
    const own = this.#parts.registry
      .list()
      .filter(({ identity }) => modelName(identity.model) === model);
    const versions = Map.groupBy(own, ({ identity }) => identity.modelDigest);
    const told = [...versions].map(([digest, workers]) => {
      const { engine, device } = workers[0]!.identity;
      return [digest, `${workers.length}, ${engine} (${device})`] as const;
    });
    return Object.fromEntries(told);
  }

  /** Takes note of what an attached worker said. True where it is for the core. */
  hear({ port, calls, conduct }: Attachment, event: Said): boolean {
    const { observer } = this.#parts;
    switch (event.kind) {
      case 'result':
        if (!calls.delete(event.result.id)) {
          conduct.endedOthers(event.result);
          return false;
        }
        conduct.ended(event.result);
        observer.ended(event.result);
        return true;
      case 'prefetched':
        observer.prefetched(event.computedTokens);
        return true;
      case 'lost':
        this.#forget(port.identity.workerId, port.epoch, event.reason, event.isLetGo);
        return true;
      default:
        return true;
    }
  }

  /** The port of the worker's attachment that stands. */
  findPort(worker: WorkerId): WorkerPort | undefined {
    return this.#find(worker)?.port;
  }

  send({ worker, calls, leaders }: Extract<Effect, { kind: 'sendBatch' }>): void {
    const attachment = this.#find(worker);
    if (attachment === undefined) return;
    const { port } = attachment;
    const { observer, operatorOf } = this.#parts;
    const observed = calls.map((call, i) => {
      attachment.calls.add(call.id);
      const leader = leaders[i];
      if (leader === undefined) return call;
      return observer.sent(call, leader, operatorOf(leader), port.identity.model, worker);
    });
    port.sendBatch(observed);
  }

  askBack({ worker, ids, unlessBegun }: Extract<Effect, { kind: 'cancelCalls' }>): void {
    const attachment = this.#find(worker);
    attachment?.conduct.askedBack(ids);
    attachment?.port.cancel(ids, unlessBegun);
  }

  /** Ends one attachment, which need not be the one that stands. */
  end({ worker, epoch, reason }: Extract<Effect, { kind: 'closeWorker' }>): void {
    const attachment = this.#open.get(placeOf(worker, epoch));
    this.#forget(worker, epoch, reason);
    attachment?.port.close(reason);
  }

  endAll(reason: string): void {
    for (const { port } of this.#open.values()) port.close(reason);
    this.#open.clear();
  }

  #find(worker: WorkerId): Attachment | undefined {
    const epoch = this.#parts.registry.find(worker)?.epoch;
    return epoch === undefined ? undefined : this.#open.get(placeOf(worker, epoch));
  }

  /**
   * Says so in the log, once for each attachment: a warning unless the worker went as it should, after it
   * drained or with the coordinator, and without calls.
   */
  #forget(worker: WorkerId, epoch: number, reason: string, isLetGo = false): void {
    const attachment = this.#open.get(placeOf(worker, epoch));
    if (attachment === undefined) return;
    const { calls } = attachment;
    const { logger, observer, registry } = this.#parts;
    const attached = registry.find(worker);
    const isDrained = attached?.epoch === epoch && attached.state === 'draining';
    const went = isLetGo ? reason : isDrained ? 'it drained' : undefined;
    if (went !== undefined && calls.size === 0)
      logger.info('worker left', { worker, epoch, reason: went });
    else logger.warn('worker lost', { worker, epoch, reason, calls: calls.size });
    observer.lost(calls);
    this.#open.delete(placeOf(worker, epoch));
  }
}

function placeOf(worker: WorkerId, epoch: number): string {
  return `${worker}\n${epoch}`;
}
