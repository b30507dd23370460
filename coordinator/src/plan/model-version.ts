import { type ModelDigest, modelDigest } from '@helium/shared';
import type { LogicalPlan } from './logical-plan.ts';
import { mapOperators } from './references.ts';

/**
 * What the coordinator calls a model by inside: its name and the digest of the weights that stand under it,
 * "NAME@DIGEST". While workers are replaced a name has two. Authors, workers and logs say the name alone; so is one called
 * that nobody ever served.
 */
export function modelVersion(name: string, digest: ModelDigest): string {
  return `${name}@${digest}`;
}

export function modelName(version: string): string {
  const at = version.lastIndexOf('@');
  return at < 0 ? version : version.slice(0, at);
}

/** Of one that nobody ever served: its name, which tells it from others as well. */
export function versionDigest(version: string): ModelDigest {
  return modelDigest(version.slice(version.lastIndexOf('@') + 1));
}

/** The plan with each name's version in place of the name, in bodies too. */
export function pinModels(plan: LogicalPlan, versionOf: (name: string) => string): LogicalPlan {
  const operators = plan.operators.map((each) =>
    mapOperators(each, (operator) =>
      operator.kind === 'llm' ? { ...operator, model: versionOf(operator.model) } : operator,
    ),
  );
  return { ...plan, operators };
}
