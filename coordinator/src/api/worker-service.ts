import type { WorkerServiceHandlers } from '@helium/proto';
import type { WorkerDoor } from '../dispatch/cluster-port.ts';
import { type AttachmentOptions, WorkerAttachment } from './worker-attachment.ts';

/** WorkerService, and the attachments that stand. */
export interface WorkerServiceParts {
  readonly handlers: WorkerServiceHandlers;
  /** Ends every attachment because the coordinator goes; the workers dial again. */
  letAllGo(reason: string): void;
}

/** WorkerService over the dispatcher's door for workers. */
export function createWorkerService(
  door: WorkerDoor,
  options: AttachmentOptions,
): WorkerServiceParts {
  const attachments = new Set<WorkerAttachment>();
  return {
    handlers: {
      Attach(call) {
        const attachment = new WorkerAttachment(call, door, options, () =>
          attachments.delete(attachment),
        );
        attachments.add(attachment);
      },
    },
    letAllGo(reason) {
      for (const attachment of [...attachments]) attachment.letGo(reason);
    },
  };
}
