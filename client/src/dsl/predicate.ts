import type { wire } from '@helium/proto';
import { HeliumError } from '@helium/shared';
import { type Keys, requireKnown, requireText, shown } from './require.ts';
import { segmentsOf, type Text } from './text.ts';

/** Whether something is true of a text, found out at run time. */
export interface Predicate {
  readonly message: wire.Predicate;
}

export interface MatchOptions {
  /** Upper and lower case are alike. */
  readonly ignoreCase?: boolean;
}

type Test = Omit<wire.Predicate, 'text' | 'negated'>;

const KEYS: Keys<MatchOptions> = { ignoreCase: true };

function predicate(subject: Text, test: Test): Predicate {
  return { message: { text: [...segmentsOf(subject)], ...test, negated: false } };
}

function matching(
  test: 'equals' | 'contains' | 'startsWith' | 'matches',
  subject: Text,
  value: string,
  options: MatchOptions,
): Predicate {
  requireKnown(test, options, KEYS);
  const ignoreCase = options.ignoreCase ?? false;
  return predicate(subject, { [test]: requireText(`the value of ${test}`, value), ignoreCase });
}

/** The whole text is `value`. */
export function equals(subject: Text, value: string, options: MatchOptions = {}): Predicate {
  return matching('equals', subject, value, options);
}

/** `value` is somewhere in the text. */
export function contains(subject: Text, value: string, options: MatchOptions = {}): Predicate {
  return matching('contains', subject, value, options);
}

/** The text begins with `value`. */
export function startsWith(subject: Text, value: string, options: MatchOptions = {}): Predicate {
  return matching('startsWith', subject, value, options);
}

/** A regular expression (its source, not a RegExp; Unicode) is found in the text. */
export function matches(subject: Text, pattern: string, options: MatchOptions = {}): Predicate {
  return matching('matches', subject, pattern, options);
}

/** The text is more than white space. */
export function nonEmpty(subject: Text): Predicate {
  return predicate(subject, { nonEmpty: true, ignoreCase: false });
}

/** A pure installed function, given the text as its argument `text`, says "true", not "false". */
export function says(name: string, subject: Text): Predicate {
  return predicate(subject, { function: name, ignoreCase: false });
}

/** Holds where the other does not. */
export function not({ message }: Predicate): Predicate {
  return { message: { ...message, negated: message.negated !== true } };
}

/** The wire form of a predicate. Throws WORKFLOW_INVALID for what is none, saying `where`. */
export function predicateMessage(where: string, predicate: Predicate): wire.Predicate {
  if (typeof predicate?.message === 'object') return predicate.message;
  const message = `${where}: its predicate is ${shown(predicate)}, takes one of contains(…), equals(…), …`;
  throw new HeliumError('WORKFLOW_INVALID', message);
}
