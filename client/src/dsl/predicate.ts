import type { wire } from '@helium/proto';
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

function predicate(subject: Text, test: Test): Predicate {
  return { message: { text: [...segmentsOf(subject)], ...test, negated: false } };
}

/** The whole text is `value`. */
export function equals(subject: Text, value: string, options: MatchOptions = {}): Predicate {
  return predicate(subject, { equals: value, ignoreCase: options.ignoreCase ?? false });
}

/** `value` is somewhere in the text. */
export function contains(subject: Text, value: string, options: MatchOptions = {}): Predicate {
  return predicate(subject, { contains: value, ignoreCase: options.ignoreCase ?? false });
}

/** The text begins with `value`. */
export function startsWith(subject: Text, value: string, options: MatchOptions = {}): Predicate {
  return predicate(subject, { startsWith: value, ignoreCase: options.ignoreCase ?? false });
}

/** A regular expression (its source; Unicode) is found in the text. */
export function matches(subject: Text, pattern: string, options: MatchOptions = {}): Predicate {
  return predicate(subject, { matches: pattern, ignoreCase: options.ignoreCase ?? false });
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

/** The wire form of a predicate. */
export function predicateMessage({ message }: Predicate): wire.Predicate {
  return message;
}
