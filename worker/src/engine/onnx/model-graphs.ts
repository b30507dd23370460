import type { ModelFile } from '@helium/model';
import { type CachedGraphs, openGraphs } from './cache/graph-cache.ts';
import type { StepCost } from './drafts/choose-drafts.ts';
import { chooseForm } from './graph-form.ts';
import { GraphRunner } from './graph-runner.ts';
import type { OnnxOptions } from './onnx-options.ts';
import { openPrefillPipeline } from './prefill/open-pipeline.ts';
import type { PrefillPipeline } from './prefill/prefill-pipeline.ts';
import { HeadScorer } from './sampling/head-scorer.ts';
import { closeSessions, openSessions } from './sessions.ts';
import { streamCoordinates } from './stream-coordinates.ts';
import { TokenEmbedding } from './token-embedding.ts';

/** A model ready to prefill: its embedding and head in memory, its graphs loaded; decoding's is next. */
export interface ModelGraphs {
  readonly runner: GraphRunner;
  readonly pipeline: PrefillPipeline;
  readonly scorer: HeadScorer;
  /** Settles when decoding's graph is open; rejects with ENGINE_FAILED where onnxruntime refuses it. */
  readonly opened: Promise<void>;
  /** What a decode step costs here, see `chooseDrafts`. */
  readonly stepCost: StepCost;
  /** Whether a step may have draft tokens: on devices other than the CPU that branch of the graph was never run. */
  readonly takesDrafts: boolean;
  close(): Promise<void>;
}

/** Opens the model's graphs, building them on first use. Throws as `openGraphs` and `chooseForm`, and ENGINE_FAILED. */
export async function openModelGraphs(
  model: ModelFile,
  options: Pick<
    OnnxOptions,
    | 'threads'
    | 'precision'
    | 'graphFolder'
    | 'notice'
    | 'inspect'
    | 'device'
    | 'startThread'
    | 'stackedQueries'
    | 'spareStage'
  >,
): Promise<ModelGraphs> {
  const { config } = model;
  const device = options.device ?? 'cpu';
  const notice = options.notice ?? (() => undefined);
  const { form, stepCost } = await chooseForm(options);
  const table = model.openEmbedding();
  const coordinates = streamCoordinates(model, form.precision);
  const embedding = new TokenEmbedding(table, coordinates);
  // What runs on another device has no use for threads of the CPU.
  const threads = device === 'cpu' ? options.threads : 1;
  const sessionOptions = { threads, device };
  const { startThread, spareStage } = options;
  const open = async (graphs: CachedGraphs) => {
    // This thread opens its next graph while another still opens its own.
    const [pipeline, sessions] = await Promise.all([
      openPrefillPipeline(graphs, config, embedding, sessionOptions, startThread, spareStage),
      openSessions(graphs, sessionOptions),
    ]);
    return { pipeline, sessions };
  };
  const close = async ({ pipeline, sessions }: Awaited<ReturnType<typeof open>>) => {
    await pipeline.close();
    await closeSessions(sessions);
  };
  const store = { graphFolder: options.graphFolder, notice, inspect: options.inspect };
  const opened = await openGraphs(model, form, store, { open, close });
  const { pipeline, sessions } = opened;
  // Beside what is done with the news that the model is ready: a call that comes meanwhile waits no longer than before.
  const decodeOpened = sessions.decode.prepare();
  // Whoever decodes hears of it too.
  decodeOpened.catch(() => {});
  const head = config.tiedEmbeddings ? table : model.openHead();
  return {
    runner: new GraphRunner(sessions, config, embedding, form),
    pipeline,
    scorer: new HeadScorer(head, coordinates),
    opened: decodeOpened,
    stepCost,
    takesDrafts: device === 'cpu',
    close: () => close(opened),
  };
}
