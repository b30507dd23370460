import { createRequire } from 'node:module';
import type { JS } from 'refa';
import type { WholePattern } from './json-shape.ts';

const require = createRequire(import.meta.url);

/** Loaded with the first schema that needs it: most starts have none. */
const refa = () => require('refa') as typeof import('refa');

type Alternatives = JS.Parser['ast']['pattern']['alternatives'];

/** What may stand beside a match that is not tied to that end of the string. */
const ANYTHING = '[^]*';

/**
 * A pattern of a schema, which matches anywhere, as one of whole strings. Throws a SyntaxError for what is no
 * regular expression of flag `u`, and an Error for what is not regular: look-around, word boundaries, back
 * references to what varies; `^` and `$` only stand at the ends of an alternative. O(characters): nothing is unrolled.
 */
export function readPattern(pattern: string): WholePattern {
  const source = alternativesOf(parserOf(pattern).ast.pattern.alternatives).join('|');
  parserOf(source).parse({ assertions: 'throw', backreferences: 'throw' });
  return { source };
}

function parserOf(source: string): JS.Parser {
  return refa().JS.Parser.fromLiteral({ source, flags: 'u' });
}

function alternativesOf(alternatives: Alternatives): string[] {
  return alternatives.flatMap(({ elements }) => {
    const [first, ...others] = elements;
    if (first?.type === 'Group' && others.length === 0) return alternativesOf(first.alternatives);
    const last = elements.at(-1);
    const isFirst = first?.type === 'Assertion' && first.kind === 'start';
    const isLast = last?.type === 'Assertion' && last.kind === 'end';
    const between = elements.slice(isFirst ? 1 : 0, isLast ? -1 : undefined);
    const body = between.map(({ raw }) => raw).join('');
    return `${isFirst ? '' : ANYTHING}(?:${body})${isLast ? '' : ANYTHING}`;
  });
}
