import { parseWholeNumber } from '@helium/shared';

/** What a function takes under one name. */
export interface ArgumentRule {
  /** Default: it has to be given. */
  readonly optional?: boolean;
  /** The text is a whole number, this one at least. */
  readonly wholeFrom?: number;
  /** The text is a regular expression, with the flags in the argument of this name, or `u` where that is not given. */
  readonly patternWith?: string;
}

/** All that a function takes, by name. */
export type ArgumentRules = Readonly<Record<string, ArgumentRule>>;

export interface ArgumentFault {
  /** Of the argument; '' where one is lacking. */
  readonly name: string;
  /** Behind the function's name; of its value where `isValue`. */
  readonly message: string;
  readonly isValue: boolean;
}

/** What is wrong with arguments, all of it; undefined: a text that is not known yet, of which nothing is said. */
export function argumentFaults(
  rules: ArgumentRules,
  args: ReadonlyMap<string, string | undefined>,
): ArgumentFault[] {
  const takes = Object.keys(rules).join(', ') || 'no argument';
  const missing = Object.entries(rules).flatMap(([name, { optional }]) =>
    optional === true || args.has(name) ? [] : [name],
  );
  const lacking = { name: '', message: `lacks argument ${missing.join(', ')}`, isValue: false };
  const given = [...args].flatMap(([name, text]): ArgumentFault[] => {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined)
      return [{ name, message: `takes ${takes}, not ${name}`, isValue: false }];
    const wrong = text === undefined ? undefined : valueFault(rule, text, args);
    return wrong === undefined ? [] : [{ name, message: `${name} ${wrong}`, isValue: true }];
  });
  return missing.length > 0 ? [lacking, ...given] : given;
}

function valueFault(
  { wholeFrom, patternWith }: ArgumentRule,
  text: string,
  args: ReadonlyMap<string, string | undefined>,
): string | undefined {
  if (wholeFrom !== undefined && parseWholeNumber(text, wholeFrom) === undefined)
    return `is ${shown(text)}, not a whole number from ${wholeFrom}`;
  if (patternWith === undefined) return undefined;
  const flags = args.has(patternWith) ? args.get(patternWith) : 'u';
  if (flags === undefined) return undefined;
  try {
    new RegExp(text, flags);
    return undefined;
  } catch (error) {
    return `is ${shown(text)}: ${(error as Error).message}`;
  }
}

/** Whole texts have no place in a message. */
function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
