import { type ModelFile, openModel, resolveModel } from '@helium/model';
import { homeFolders, loadSettings } from '@helium/shared/config';
import { createTokenizer } from '@helium/shared/tokenizer';
import {
  openModelGraphs,
  type Precision,
  scoreText,
  type TextScore,
  TokenLikelihood,
} from '@helium/worker/onnx';
import { textWindows, WINDOW_TOKENS } from './quality/text-set.ts';
import { type Finding, parseOptions, report, runProgram } from './src/report.ts';

/**
 * What precision `fast` loses against `exact`: perplexity, and how often both would choose the same token,
 * at every position of a fixed set of texts, prefilled as serving does. Prints one JSON object.
 * usage: quality.ts [--model M] [--graphs FOLDER] [--threads N] [--windows N]
 * `--windows` takes that many windows of the set only, evenly spread, for a quick look.
 */
const options = parseOptions({
  model: { type: 'string' },
  graphs: { type: 'string' },
  threads: { type: 'string', default: '1' },
  windows: { type: 'string', default: '0' },
});

/** What `fast` must hold. */
const PERPLEXITY_LOSS_MAX = 0.005;
const AGREEMENT_MIN = 0.93;

await runProgram(true, measure);

async function measure(): Promise<Finding> {
  const { model: name } = options;
  const { values: settings } = loadSettings({ flags: { model: name }, environment: process.env });
  const folders = homeFolders(settings);
  const model = openModel(await resolveModel(settings.model, folders.models, () => undefined));
  const windows = textWindows(createTokenizer(model.tokenizer), Number(options.windows));
  const graphFolder = options.graphs ?? folders.graphs;
  const exact = await score(model, 'exact', graphFolder, windows);
  const fast = await score(model, 'fast', graphFolder, windows);
  model.close();
  const perplexityChange = fast.perplexity / exact.perplexity - 1;
  const agreement =
    exact.choices.filter((choice, i) => choice === fast.choices[i]).length / exact.choices.length;
  const summary = ({ perplexity, openMs, cpuMs }: Scored) => ({
    perplexity: rounded(perplexity),
    open_s: rounded(openMs / 1000),
    cpu_s: rounded(cpuMs / 1000),
  });
  const json = {
    model: model.config.name,
    positions: exact.choices.length,
    window_tokens: WINDOW_TOKENS,
    exact: summary(exact),
    fast: {
      ...summary(fast),
      perplexity_change: rounded(perplexityChange),
      argmax_agreement: rounded(agreement),
    },
  };
  const holds = perplexityChange <= PERPLEXITY_LOSS_MAX && agreement >= AGREEMENT_MIN;
  return { holds, text: '', json };
}

interface Scored {
  readonly perplexity: number;
  readonly choices: readonly number[];
  /** From the model file, or from graphs of an earlier run. */
  readonly openMs: number;
  /** Processor time of scoring, head included. */
  readonly cpuMs: number;
}

async function score(
  model: ModelFile,
  precision: Precision,
  graphFolder: string,
  windows: readonly Int32Array[],
): Promise<Scored> {
  const threads = Number(options.threads);
  const started = performance.now();
  const graphs = await openModelGraphs(model, { precision, threads, graphFolder, notice: report });
  const openMs = performance.now() - started;
  const { hidden } = model.config;
  const likelihood = await TokenLikelihood.open(graphs.scorer.head, hidden, threads);
  const cpu = process.cpuUsage();
  const scores: TextScore[] = [];
  for (const [index, window] of windows.entries()) {
    scores.push(await scoreText(graphs, likelihood, window));
    report(`${precision}: window ${index + 1} of ${windows.length}`);
  }
  const { user, system } = process.cpuUsage(cpu);
  await likelihood.close();
  await graphs.close();
  return {
    perplexity: Math.exp(-meanOf(scores.flatMap(({ logProbabilities }) => [...logProbabilities]))),
    choices: scores.flatMap(({ choices }) => [...choices]),
    openMs,
    cpuMs: (user + system) / 1000,
  };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** To five digits: further ones are noise of rounding. */
function rounded(value: number): number {
  return Number(value.toPrecision(5));
}
