import { HeliumError } from '@helium/shared';
import type { IndexedPolicy } from '../policy.ts';
import { cacheAware } from './cache-aware.ts';
import { criticalPathPrefix } from './critical-path-prefix.ts';
import { kvflow } from './kvflow.ts';
import { lspf } from './lspf.ts';
import { operatorWise } from './operator-wise.ts';
import { paper } from './paper.ts';
import { parrot } from './parrot.ts';
import { portfolio } from './portfolio.ts';
import { queryWise } from './query-wise.ts';
import { random } from './random.ts';
import { rowBound } from './row-bound.ts';

/** Every policy, the default first, in the order in which help lists them. */
export const POLICIES: readonly IndexedPolicy[] = [
  portfolio,
  cacheAware,
  paper,
  criticalPathPrefix,
  rowBound,
  queryWise,
  operatorWise,
  random,
  lspf,
  kvflow,
  parrot,
];

export const DEFAULT_POLICY = POLICIES[0]!.name;

/**
 * The policy of that name; '' is the default. Throws OPTIONS_INVALID, listing the names there are.
 */
export function requirePolicy(name: string): IndexedPolicy {
  const wanted = name === '' ? DEFAULT_POLICY : name;
  const policy = POLICIES.find((candidate) => candidate.name === wanted);
  if (policy) return policy;
  const names = POLICIES.map((candidate) => candidate.name).join(', ');
  throw new HeliumError('OPTIONS_INVALID', `policy "${name}" is unknown; there are ${names}`);
}
