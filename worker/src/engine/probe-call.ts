import { type Call, callId, GREEDY } from '@helium/shared';

/**
 * The smallest call there is, of nobody: an engine that answers it is in health, so that the calls which ended
 * those before it are at fault, and not the engine.
 */
export const PROBE: Call = {
  id: callId('engine-probe'),
  messages: [{ role: 'user', content: 'Hi' }],
  sampling: GREEDY,
  maxTokens: 1,
  stop: [],
  reusePrefix: false,
  cacheSalt: '',
  order: 0,
  streamDeltas: false,
};
