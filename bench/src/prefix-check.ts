import { setTimeout as sleep } from 'node:timers/promises';
import type { HeliumClient } from '@helium/client';
import { HeliumError } from '@helium/shared';
import type { Tokenizer } from '@helium/shared/tokenizer';
import { exampleBatch, type NamedExample } from './batch.ts';
import { countDistinctPrefixes, type PrefixCount } from './distinct-prefix.ts';
import { finishRun } from './finish-run.ts';
import { distinctPrompts, openWorkflow } from './open-workflow.ts';

/** What a run prefilled against what its prompts need. */
export interface PrefixCheck {
  /** Executed by the worker. */
  readonly calls: number;
  readonly count: PrefixCount;
  /** By the calls, as the run counted. */
  readonly prefilled: number;
  /** In idle time, for prefixes of calls to come. */
  readonly ahead: number;
  /** Resident at the end. */
  readonly resident: number;
  /** (prefilled + ahead) / distinct. */
  readonly ratio: number;
  /** The same over the distinct prefix tokens themselves, as if a block were one token. */
  readonly tokenRatio: number;
  readonly faults: readonly string[];
}

const RATIO_MAX = 1.05;

/** Residency events may be on their way when the run's end is told. */
const SETTLE_MS = 500;

/**
 * Runs the example with every operator's text among the outputs, renders the prompts here, and
 * counts. Needs a cluster of one worker whose KV cache is empty.
 */
export async function checkPrefixes(
  client: HeliumClient,
  tokenizer: Tokenizer,
  named: NamedExample,
  rows: number,
): Promise<PrefixCheck> {
  const batch = await exampleBatch(named, rows);
  const workflow = openWorkflow(batch.workflow);
  const options = { bypassPromptCache: true };
  const run = await finishRun(
    client,
    { ...batch, workflow },
    options,
    `${named.name}, all texts out`,
  );
  const prompts = distinctPrompts(workflow, run.outputs).map((messages) =>
    tokenizer.encode(tokenizer.renderChat(messages)),
  );
  const { blockTokens, resident } = await readResidency(client);
  const count = countDistinctPrefixes(prompts, blockTokens);
  const { tokens, operators } = run.summary;
  const ahead = tokens.prefetched;
  const ratio = (tokens.prefilled + ahead) / count.distinct;
  const tokenRatio = (tokens.prefilled + ahead) / countDistinctPrefixes(prompts, 1).distinct;
  const found = {
    calls: operators.executed,
    count,
    prefilled: tokens.prefilled,
    ahead,
    resident,
    ratio,
    tokenRatio,
  };
  return { ...found, faults: findFaults(found, prompts.length, tokens.prompt) };
}

async function readResidency(
  client: HeliumClient,
): Promise<{ readonly blockTokens: number; readonly resident: number }> {
  await sleep(SETTLE_MS);
  const [worker] = await client.listWorkers();
  if (worker === undefined) throw new HeliumError('UNREACHABLE', 'the worker is gone');
  const { blockTokens, blockCount } = await client.residency(worker.id);
  return { blockTokens, resident: blockCount * blockTokens };
}

/** The first two say that prompts were rendered here as they were there, so that the third means something. */
function findFaults(
  { calls, count, ratio, resident }: Omit<PrefixCheck, 'faults'>,
  distinctCalls: number,
  promptTokens: number,
): string[] {
  const faults: string[] = [];
  if (calls !== distinctCalls) {
    faults.push(`${calls} calls were executed, ${distinctCalls} are distinct`);
  }
  if (promptTokens !== count.prompt) {
    faults.push(`prompts of ${promptTokens} tokens were run, ${count.prompt} are rendered here`);
  }
  if (ratio > RATIO_MAX) {
    const evicted = resident < count.blocks ? ': blocks were evicted, give it more kv-mib' : '';
    faults.push(`${ratio.toFixed(4)} times the distinct tokens were computed${evicted}`);
  }
  return faults;
}
