import type { RunOptions } from '../run-port.ts';

/** Those of a run that asks for nothing special. */
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
