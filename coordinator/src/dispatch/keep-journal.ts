import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunId } from '@helium/shared';
import type { Logger } from '@helium/shared/telemetry';

/**
 * Keeps the events that led a run to a broken invariant, which replay it, in a file of `folder`, and says so in the log.
 * `folder` is undefined where nothing of a run may lie in the clear: then it is only said.
 */
export function keepJournal(
  folder: string | undefined,
  run: RunId,
  journal: string,
  logger: Logger,
) {
  if (folder === undefined) {
    logger.error(
      'a run broke an invariant; storage-key-file is set, so what led there is not kept',
      { run },
    );
    return;
  }
  const path = join(folder, `broken-run-${run}.jsonl`);
  try {
    writeFileSync(path, journal, { mode: 0o600 });
    logger.error('a run broke an invariant; its journal replays it', { run, path });
  } catch (error) {
    logger.error('a run broke an invariant; its journal could not be kept', { run, path, error });
  }
}
