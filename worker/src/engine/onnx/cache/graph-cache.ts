import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { ModelFile } from '@helium/model';
import { HeliumError } from '@helium/shared';
import { buildHeadGraph } from '../graph/candidate-head.ts';
import { buildDecodeGraph } from '../graph/decode-graph.ts';
import { storeWeights } from '../graph/model-weights.ts';
import { GRAPH_VERSION, type GraphForm } from '../graph/precision.ts';
import { buildPrefillGraph, prefillStages } from '../graph/prefill-graph.ts';
import { findDamage, findDamageBut, type GraphManifest, MANIFEST_FILE } from './graph-manifest.ts';
import { WeightFileWriter } from './weight-file-writer.ts';

/** Paths of a model's graphs; the weight file lies beside them. */
export interface CachedGraphs {
  /** One for each of `prefillStages`. */
  readonly prefill: readonly string[];
  readonly decode: string;
  readonly head: string;
}

const WEIGHT_FILE = 'weights.bin';
const prefillFile = (stage: number) => `prefill-${stage}.onnx`;
const DECODE_FILE = 'decode.onnx';
const HEAD_FILE = 'head.onnx';

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
 * so that processes that start together cannot see half of it. A damaged one is built anew after a word to `notice`.
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
    if ('opened' in found) return found.opened;
    notice(`graph cache ${folder} is damaged, building it anew: ${found.damage}`);
  }
  await withStoreErrors(folder, () => buildFolder(model, form, folder, isThere));
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
  mkdirSync(draft, { recursive: true });
  try {
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

function writeGraphs(model: ModelFile, form: GraphForm, folder: string): void {
  const { config } = model;
  const sink = new WeightFileWriter(join(folder, WEIGHT_FILE));
  let weights: ReturnType<typeof storeWeights>;
  try {
    weights = storeWeights(model, form, config.contextTokens, sink);
  } catch (cause) {
    sink.close();
    throw cause;
  }
  const files: Record<string, { bytes: number; crc32: number }> = {
    [WEIGHT_FILE]: sink.finish(),
  };
  const stages = prefillStages(config).map((range, stage) => [
    prefillFile(stage),
    buildPrefillGraph(config, weights, WEIGHT_FILE, range),
  ]);
  const graphs: Record<string, Uint8Array> = {
    ...Object.fromEntries(stages),
    [DECODE_FILE]: buildDecodeGraph(config, weights, WEIGHT_FILE, form),
    [HEAD_FILE]: buildHeadGraph(config, weights, WEIGHT_FILE),
  };
  for (const [name, bytes] of Object.entries(graphs)) {
    writeFileSync(join(folder, name), bytes, { flush: true });
    files[name] = { bytes: bytes.length, crc32: crc32(bytes) };
  }
  const manifest: GraphManifest = { files };
  writeFileSync(join(folder, MANIFEST_FILE), JSON.stringify(manifest, null, 2), { flush: true });
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
