import type { ModelConfig } from '@helium/model';
import { type StartThread, startSibling } from '../../sibling-thread.ts';
import type { CachedGraphs } from '../cache/graph-cache.ts';
import { prefillStages } from '../graph/prefill-stages.ts';
import { kvShapeOf } from '../kv/kv-chunk.ts';
import { openSession, type SessionOptions } from '../sessions.ts';
import type { TokenEmbedding } from '../token-embedding.ts';
import { PrefillPipeline } from './prefill-pipeline.ts';
import { PrefillStage, type Stage } from './prefill-stage.ts';
import { StageThread } from './stage-thread.ts';

/**
 * Opens the prefill stages. From two threads on, later stages get a JavaScript thread of their own and the
 * kernels' threads are divided among the stages: two stages of one thread each are a third
 * faster than one of two, since nothing forks and joins. `spare` becomes one of them, once. Throws ENGINE_FAILED.
 */
export async function openPrefillPipeline(
  graphs: CachedGraphs,
  config: ModelConfig,
  embedding: TokenEmbedding,
  options: SessionOptions,
  startThread: StartThread = startChild,
  spare?: StageThread,
): Promise<PrefillPipeline> {
  const ranges = prefillStages(config);
  const apart = options.threads >= ranges.length;
  const threads = apart ? Math.floor(options.threads / ranges.length) : options.threads;
  const stageOptions = { ...options, threads };
  const opening = ranges.map(async (range, index): Promise<Stage> => {
    const path = graphs.prefill[index]!;
    if (index > 0 && apart) {
      const thread = spare?.isOpened === false ? spare : new StageThread(startThread);
      return thread.open({ path, config, range, options: stageOptions });
    }
    return new PrefillStage(await openSession(path, stageOptions), config, range);
  });
  return new PrefillPipeline(await Promise.all(opening), embedding, kvShapeOf(config), apart);
}

/** For who has no engine that may die: scoring, tests. */
function startChild(request: Parameters<StartThread>[0]): void {
  void startSibling(request, (message) => process.emitWarning(`a prefill stage died: ${message}`));
}
