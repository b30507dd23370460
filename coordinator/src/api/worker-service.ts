import type { WorkerServiceHandlers } from '@helium/proto';
import { HeliumError } from '@helium/shared';
import type { WorkerDoor } from '../dispatch/cluster-port.ts';
import { type AttachmentOptions, WorkerAttachment } from './worker-attachment.ts';

/** WorkerService, and the attachments that stand. */
export interface WorkerServiceParts {
  readonly handlers: WorkerServiceHandlers;
  /** Ends every attachment; the workers dial again. */
  closeAll(reason: string): void;
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
    closeAll(reason) {
      for (const attachment of [...attachments]) {
        attachment.end(new HeliumError('UNREACHABLE', reason));
      }
    },
  };
}
