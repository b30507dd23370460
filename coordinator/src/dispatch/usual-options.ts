import type { RunOptions } from './run-port.ts';

/** Of a run that asks for nothing special, as the wire's defaults are: for simulations and tests. */
export const USUAL_OPTIONS: RunOptions = {
  policy: '',
  disabledRules: [],
  usePromptCache: true,
  naive: false,
  streamDeltas: false,
  seed: 0,
  deadlineMs: 0,
  priority: 0,
};
