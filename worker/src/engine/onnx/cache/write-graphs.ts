import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { ModelFile } from '@helium/model';
import { buildHeadGraph } from '../graph/candidate-head.ts';
import { buildDecodeGraph } from '../graph/decode-graph.ts';
import { storeWeights } from '../graph/model-weights.ts';
import type { GraphForm } from '../graph/precision.ts';
import { buildPrefillGraph } from '../graph/prefill-graph.ts';
import { prefillStages } from '../graph/prefill-stages.ts';
import { DECODE_FILE, HEAD_FILE, prefillFile, WEIGHT_FILE } from './graph-files.ts';
import { type GraphManifest, MANIFEST_FILE } from './graph-manifest.ts';
import { WeightFileWriter } from './weight-file-writer.ts';

/** Writes a model's weights and graphs, and last the manifest, into an empty folder. Throws MODEL_INVALID for broken weights. */
export function writeGraphs(model: ModelFile, form: GraphForm, folder: string): void {
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
