import type { OperatorId } from '@helium/shared';
import { assertNever, HeliumError } from '@helium/shared';
import type { PlanOperator } from './logical-plan.ts';
import type { FunctionOperator, Predicate, PredicateTest } from './operator.ts';

/** The built-in function that tries regular expressions, away from the coordinator's own thread. */
export const MATCHES_FUNCTION = 'text.matches';

/**
 * Whether the test holds of the text. Throws FUNCTION_FAILED for an answer that is neither "true" nor
 * "false". Plans have no other tests: `planPredicate` saw to that.
 */
export function holds({ test, negated }: Predicate, text: string): boolean {
  return isMet(test, text) !== negated;
}

function isMet(test: PredicateTest, text: string): boolean {
  switch (test.kind) {
    case 'nonEmpty':
      return text.trim() !== '';
    case 'isTrue':
      return isTrue(text);
    case 'equals':
    case 'contains':
    case 'startsWith': {
      const fold = (part: string) => (test.ignoreCase ? part.toLowerCase() : part);
      const [whole, value] = [fold(text), fold(test.value)];
      if (test.kind === 'equals') return whole === value;
      return test.kind === 'contains' ? whole.includes(value) : whole.startsWith(value);
    }
    case 'matches':
    case 'function':
      throw new HeliumError('INVARIANT_BROKEN', `a plan has the test "${test.kind}"`);
    default:
      return assertNever(test);
  }
}

function isTrue(text: string): boolean {
  const answer = text.trim();
  if (answer === 'true') return true;
  if (answer === 'false') return false;
  const said = JSON.stringify(answer.length > 60 ? `${answer.slice(0, 60)}…` : answer);
  throw new HeliumError('FUNCTION_FAILED', `the predicate said ${said}, not "true" or "false"`);
}

/**
 * The predicate as plans have it: tests that a function makes become an operator with the id given,
 * which goes before whoever decides by it.
 */
export function planPredicate(
  predicate: Predicate,
  id: OperatorId,
): { readonly predicate: Predicate; readonly operators: readonly PlanOperator[] } {
  const call = functionOf(predicate, id);
  if (call === undefined) return { predicate, operators: [] };
  const text = [{ kind: 'ref', operator: id } as const];
  return { predicate: { ...predicate, text, test: { kind: 'isTrue' } }, operators: [call] };
}

function functionOf({ test, text }: Predicate, id: OperatorId): FunctionOperator | undefined {
  const fn = (name: string, args: FunctionOperator['args']) =>
    ({ kind: 'fn', id, name, pure: true, args }) as const;
  const literal = (value: string) => (value === '' ? [] : [{ kind: 'text', text: value } as const]);
  if (test.kind === 'function') return fn(test.name, [{ name: 'text', value: text }]);
  if (test.kind !== 'matches') return undefined;
  return fn(MATCHES_FUNCTION, [
    { name: 'text', value: text },
    { name: 'pattern', value: literal(test.pattern) },
    { name: 'flags', value: literal(test.ignoreCase ? 'iu' : 'u') },
  ]);
}
