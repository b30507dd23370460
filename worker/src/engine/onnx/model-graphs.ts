import type { ModelFile } from '@helium/model';
import { openGraphs } from './cache/graph-cache.ts';
import { GraphRunner } from './graph-runner.ts';
import { int8Saturates } from './int8-probe.ts';
import type { OnnxOptions } from './onnx-options.ts';
import { HeadScorer } from './sampling/head-scorer.ts';
import { closeSessions, openSessions } from './sessions.ts';

/** A model ready to compute: its graphs loaded, its embedding and head in memory. */
export interface ModelGraphs {
  readonly runner: GraphRunner;
  readonly scorer: HeadScorer;
  close(): Promise<void>;
}

/** Opens the model's graphs, building them on first use. Throws as `openGraphs` and ENGINE_FAILED. */
export async function openModelGraphs(
  model: ModelFile,
  options: Pick<OnnxOptions, 'threads' | 'precision' | 'graphFolder' | 'notice'>,
): Promise<ModelGraphs> {
  const { config } = model;
  const notice = options.notice ?? (() => undefined);
  const graphs = openGraphs(model, options.precision, options.graphFolder, notice);
  const avoidSaturation = options.precision === 'fast' && (await int8Saturates());
  const sessions = await openSessions(graphs, { threads: options.threads, avoidSaturation });
  const embedding = model.readEmbedding();
  const head = config.tiedEmbeddings ? embedding : model.readHead();
  return {
    runner: new GraphRunner(sessions, config, embedding),
    scorer: new HeadScorer(head, config.hidden),
    close: () => closeSessions(sessions),
  };
}
