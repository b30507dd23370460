import { setImmediate } from 'node:timers/promises';
import type { Clock } from '@helium/shared';
import type { Logger } from '@helium/shared/telemetry';
import type { PromptMaking } from './live-prompts.ts';
import type { ModelCatalog } from './model-catalog.ts';
import { OutputProfiles } from './output-profiles.ts';
import { Pacer } from './pacer.ts';
import { estimatingTokenizer } from './prompt-tokens.ts';
import { rehearsedRuns } from './rehearse-runs.ts';
import type { Runs } from './runs.ts';
import type { ScheduleThread } from './schedule-thread.ts';

export interface PrepareParts {
  readonly catalog: ModelCatalog;
  readonly runs: Pick<Runs, 'isBusy'>;
  readonly scheduler: Pick<ScheduleThread, 'prepare' | 'rehearse'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Does ahead what the first worker and run would wait for: starts the planning thread, opens the tokenizer that was
 * kept, and plans runs of nobody until one comes. What fails is logged; then the first run waits.
 */
export function prepareRuns({ catalog, runs, scheduler, clock, logger }: PrepareParts): void {
  scheduler.prepare();
  openKeptTokenizer(catalog, logger);
  scheduler
    .rehearse(
      () => setImmediate(),
      rehearsedRuns(rehearsedMaking(catalog, clock)),
      () => runs.isBusy,
    )
    .catch((error: unknown) => {
      logger.warn('planning was not rehearsed', { error });
    });
}

/** What is kept may be of another version; then a worker's attaching says what is wrong with it. */
function openKeptTokenizer(catalog: ModelCatalog, logger: Logger): void {
  try {
    catalog.prepare();
  } catch (error) {
    logger.warn('a kept tokenizer cannot be opened', { error });
  }
}

/** By the tokenizer that was opened last; nothing is learnt from it. */
function rehearsedMaking(catalog: ModelCatalog, clock: Clock): PromptMaking {
  const tokenizer = catalog.newestPrompts() ?? estimatingTokenizer();
  return {
    tokenizerOf: () => tokenizer,
    contextOf: () => undefined,
    profiles: new OutputProfiles([]),
    pacer: new Pacer(clock),
  };
}
