import type { WorkerRecord } from '@helium/client';
import { table } from './table.ts';

const HEAD = [
  'worker',
  'state',
  'model',
  'engine',
  'run+queue+plan',
  'done',
  'kv tokens',
  'reused',
  'ahead',
];

/** A table of workers, and below it what is not as usual: who gets no calls, and names with several weights. */
export function workersView(workers: readonly WorkerRecord[]): string {
  const rows = workers.map((w) => [
    w.id,
    w.state,
    w.model,
    `${w.engine} (${w.device})`,
    `${w.runningCalls}+${w.queuedCalls}+${w.scheduledCalls}`,
    w.finishedCalls,
    `${w.kvTokensUsed}/${w.kvTokens}`,
    w.promptTokens === 0 ? '' : `${((100 * w.reusedTokens) / w.promptTokens).toFixed(0)} %`,
    w.prefetchedTokens,
  ]);
  const remarks = [...workers.flatMap(sayStanding), ...sayMixed(workers)];
  return table(HEAD, rows) + remarks.map((remark) => `${remark}\n`).join('');
}

function sayStanding({ id, state, stateReason }: WorkerRecord): string[] {
  if (stateReason === '') return [];
  const gets = state === 'ejected' ? 'is ejected, no calls' : 'was ejected, one call at a time';
  return [`${id} ${gets} for now: ${stateReason}`];
}

function sayMixed(workers: readonly WorkerRecord[]): string[] {
  const models = Map.groupBy(workers, ({ model }) => model);
  return [...models].flatMap(([model, own]) => {
    const versions = Map.groupBy(own, ({ modelDigest }) => modelDigest);
    if (versions.size === 1) return [];
    const each = [...versions].map(
      ([digest, those]) => `${digest.slice(0, 12)}… of ${those.map(({ id }) => id).join(', ')}`,
    );
    return [
      `model "${model}" has several weights, and new runs go to those that most ready workers have: ${each.join('; ')}`,
    ];
  });
}
