import { REFERENCE_TIMING } from '@helium/coordinator/scheduler';
import type { PaperOptions } from './tables.ts';

export { plotPaper } from './paper-plots.ts';
export { measurePaper, type PaperResults, printPaper } from './paper-report.ts';
export { PUBLISHED } from './published.ts';
export type { PaperOptions } from './tables.ts';

/**
 * Two H100 NVL of 94 GB under vLLM's limits: 460,000 tokens of KV (what 90 % of the memory leaves beside
 * 16 GB of weights, at 147 kB a token), 256 sequences, 8,192 tokens a step; 3.1 ms of HTTP and 0.09 ms of
 * balancer per request of the systems that use them (paper, section 7.5).
 */
export const PAPER_DEFAULTS: PaperOptions = {
  seed: 1,
  scale: 1,
  policy: '',
  limits: { workers: 2, kvCapacity: 460_000, maxSeqs: 256, maxBatchedTokens: 8192 },
  machine: { timing: REFERENCE_TIMING, requestSeconds: 0.0032 },
};
