import { randomUUID } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelFile } from '@helium/model';
import { HeliumError, makeFolders } from '@helium/shared';
import { GRAPH_VERSION, type GraphForm } from '../graph/precision.ts';
import { prefillStages } from '../graph/prefill-stages.ts';
import { DECODE_FILE, HEAD_FILE, prefillFile, WEIGHT_FILE } from './graph-files.ts';
import { findDamage, findDamageBut } from './graph-manifest.ts';
import { removeDrafts } from './remove-drafts.ts';
import { markUsed, removeOldGraphs } from './remove-old-graphs.ts';

/** Paths of a model's graphs; the weight file lies beside them. */
export interface CachedGraphs {
  /** One for each of `prefillStages`. */
  readonly prefill: readonly string[];
  readonly decode: string;
  readonly head: string;
}

/** Where graphs are kept. */
export interface GraphStore {
  /** Graphs are in a folder per model inside. */
  readonly graphFolder: string;
  /** Told what a person may want to know. */
  readonly notice: (message: string) => void;
  /** As `findDamage`, which it is where left away. */
  readonly inspect?: ((folder: string) => Promise<string | undefined>) | undefined;
}

/** What is done with graphs. */
export interface GraphUse<Opened> {
  open(graphs: CachedGraphs): Promise<Opened>;
  /** Takes back what `open` gave. */
  close(opened: Opened): Promise<void>;
}

/**
 * Opens the graphs of a model, built on first use and kept in `<graphFolder>/<digest>-<version>-<precision>`, with
 * `-offset` behind it for offset weights, `-single` for queries that are not stacked. A folder appears by one rename,
 * so that processes that start together cannot see half of it. A damaged one is built anew after a word to `notice`;
 * where one is built, those of earlier versions go that nobody uses. What killed processes left half-built goes.
 * The bytes of weights are inspected while they are being opened; what was opened of damaged ones is closed before
 * anybody has it. Throws STORE_UNAVAILABLE where the folder cannot be written (full disk, no permission), MODEL_INVALID
 * for broken weights, and what `open` throws.
 */
export async function openGraphs<Opened>(
  model: ModelFile,
  form: GraphForm,
  { graphFolder, notice, inspect = findDamage }: GraphStore,
  use: GraphUse<Opened>,
): Promise<Opened> {
  const folder = join(graphFolder, `${model.digest}-${GRAPH_VERSION}-${formName(form)}`);
  const graphs = {
    prefill: prefillStages(model.config).map((_, stage) => join(folder, prefillFile(stage))),
    decode: join(folder, DECODE_FILE),
    head: join(folder, HEAD_FILE),
  };
  const isThere = existsSync(folder);
  if (isThere) {
    const found = await openInspected(folder, inspect, graphs, use);
    if ('opened' in found) {
      markUsed(folder);
      removeDrafts(graphFolder, notice);
      return found.opened;
    }
    notice(`graph cache ${folder} is damaged, building it anew: ${found.damage}`);
  }
  await withStoreErrors(folder, () => buildFolder(model, form, folder, isThere));
  removeOldGraphs(graphFolder, model.digest, notice);
  removeDrafts(graphFolder, notice);
  return use.open(graphs);
}

/** What `open` gave, or what is wrong with the folder. */
async function openInspected<Opened>(
  folder: string,
  inspect: (folder: string) => Promise<string | undefined>,
  graphs: CachedGraphs,
  use: GraphUse<Opened>,
): Promise<{ readonly opened: Opened } | { readonly damage: string }> {
  // Graphs are programs: none runs that was not looked through. Of the weights' bytes, none decides what is done.
  const early = await findDamageBut(WEIGHT_FILE, folder);
  if (early !== undefined) return { damage: early };
  const [inspected, opening] = await Promise.allSettled([inspect(folder), use.open(graphs)]);
  const isWhole = inspected.status === 'fulfilled' && inspected.value === undefined;
  if (!isWhole && opening.status === 'fulfilled') await use.close(opening.value);
  if (inspected.status === 'rejected') throw inspected.reason;
  if (inspected.value !== undefined) return { damage: inspected.value };
  if (opening.status === 'rejected') throw opening.reason;
  return { opened: opening.value };
}

function formName({ precision, offsetWeights, stackedQueries }: GraphForm): string {
  return `${precision}${offsetWeights ? '-offset' : ''}${stackedQueries ? '' : '-single'}`;
}

async function buildFolder(
  model: ModelFile,
  form: GraphForm,
  folder: string,
  replace: boolean,
): Promise<void> {
  const draft = `${folder}.${randomUUID()}`;
  makeFolders(draft);
  try {
    // Some thirty modules, which few starts need.
    const { writeGraphs } = await import('./write-graphs.ts');
    writeGraphs(model, form, draft);
    if (replace) rmSync(folder, { recursive: true, force: true });
    try {
      renameSync(draft, folder);
    } catch (cause) {
      // Another process was first: its folder is as good as ours.
      if ((await findDamage(folder)) !== undefined) throw cause;
    }
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Names of the errors a file system gives when it cannot take a file, in words. */
const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a parent of it is not a folder',
};

async function withStoreErrors(folder: string, build: () => Promise<void>): Promise<void> {
  try {
    await build();
  } catch (cause) {
    if (cause instanceof HeliumError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = REASONS[code ?? ''] ?? message;
    throw new HeliumError('STORE_UNAVAILABLE', `graph cache ${folder} cannot be built: ${reason}`, {
      cause,
      details: { folder, ...(code === undefined ? {} : { code }) },
    });
  }
}
