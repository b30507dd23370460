import { HeliumError } from '@helium/shared';
import type { RunRecord } from '../dispatch/run-port.ts';

const PAGE_SIZE_DEFAULT = 50;
const PAGE_SIZE_MAX = 1000;

/** A page of runs, newest first. */
export interface RunPage {
  readonly runs: readonly RunRecord[];
  /** '' on the last page. */
  readonly nextPageToken: string;
}

/**
 * Cuts a page out of runs that are sorted newest first. The token names the last run of the page before,
 * so runs accepted meanwhile shift nothing. Throws REQUEST_INVALID on a negative size or a strange token.
 */
export function pageOfRuns(
  runs: readonly RunRecord[],
  pageSize: number,
  pageToken: string,
): RunPage {
  if (pageSize < 0) refuse('page_size', `${pageSize} is negative`);
  const size = Math.min(pageSize === 0 ? PAGE_SIZE_DEFAULT : pageSize, PAGE_SIZE_MAX);
  const start = pageToken === '' ? 0 : startAfter(runs, pageToken);
  const page = runs.slice(start, start + size);
  const last = start + size < runs.length ? page.at(-1) : undefined;
  return { runs: page, nextPageToken: last === undefined ? '' : tokenOf(last) };
}

function tokenOf(run: RunRecord): string {
  return Buffer.from(`${run.createdAtMs}/${run.id}`).toString('base64url');
}

/**
 * After the run itself, or where it would stand by its time: it may have been forgotten meanwhile. Runs
 * of its very millisecond are then told again rather than left out.
 */
function startAfter(runs: readonly RunRecord[], token: string): number {
  const [, ms, id] =
    /^(\d+(?:\.\d+)?)\/(.+)$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  if (ms === undefined) refuse('page_token', `${JSON.stringify(token)} is none of ours`);
  const found = runs.findIndex((run) => run.id === id);
  if (found >= 0) return found + 1;
  const older = runs.findIndex((run) => run.createdAtMs <= Number(ms));
  return older < 0 ? runs.length : older;
}

function refuse(field: string, message: string): never {
  const faults = [{ field, message }];
  throw new HeliumError('REQUEST_INVALID', `${field}: ${message}`, { faults });
}
