import type { wire } from '@helium/proto';
import { LIST_FORMATS, LIST_OVERFLOWS } from '../dsl/list.ts';
import type { Place, YamlReader } from './yaml-reader.ts';

/** What the bodies and texts of an operator are parsed by. */
export interface InnerParsers {
  readonly operators: (place: Place) => wire.Operator[];
  readonly text: (place: Place) => wire.Segment[];
}

const LIST_FIELDS = ['text', 'as', 'max', 'overflow'] as const;
const COND_FIELDS = ['if', 'then', 'else'] as const;
const BODY_FIELDS = ['operators', 'result'] as const;
const LOOP_FIELDS = ['variables', 'operators', 'result', 'until', 'max', 'at_max'] as const;
const VALUE_TESTS = ['equals', 'contains', 'starts_with', 'matches'] as const;
const TESTS = [...VALUE_TESTS, 'non_empty', 'function'] as const;
const PREDICATE_FIELDS = ['text', ...TESTS, 'ignore_case', 'not'] as const;
const AT_MAX = { last: 'LOOP_BOUND_LAST', fail: 'LOOP_BOUND_FAIL' } as const;

/** The `list` of a map: a text that is read as one at run time. */
export function parseList(reader: YamlReader, place: Place, inner: InnerParsers): wire.ListSource {
  const f = reader.fields(place, LIST_FIELDS);
  for (const needed of ['text', 'max'] as const) {
    if (f[needed] === undefined) reader.fault(place, `needs ${needed}`);
  }
  return {
    text: f.text === undefined ? [] : inner.text(f.text),
    format: chooseWord(reader, f.as, LIST_FORMATS, 'lines'),
    maxItems: reader.count(f.max, 1),
    overflow: chooseWord(reader, f.overflow, LIST_OVERFLOWS, 'fail'),
  };
}

/** `if` a predicate holds `then` one body, `else` another. */
export function parseCond(
  reader: YamlReader,
  place: Place,
  inner: InnerParsers,
): wire.CondOperator {
  const f = reader.fields(place, COND_FIELDS);
  for (const needed of COND_FIELDS) {
    if (f[needed] === undefined) reader.fault(place, `needs ${needed}`);
  }
  return {
    predicate: f.if === undefined ? null : parsePredicate(reader, f.if, inner),
    yes: f.then === undefined ? null : parseBody(reader, f.then, inner),
    no: f.else === undefined ? null : parseBody(reader, f.else, inner),
  };
}

/** `operators`, turn after turn, `until` a predicate holds or there were `max` turns. */
export function parseLoop(
  reader: YamlReader,
  place: Place,
  inner: InnerParsers,
): wire.LoopOperator {
  const f = reader.fields(place, LOOP_FIELDS);
  for (const needed of ['variables', 'operators', 'result', 'until', 'max'] as const) {
    if (f[needed] === undefined) reader.fault(place, `needs ${needed}`);
  }
  const variables = f.variables === undefined ? [] : reader.entries(f.variables);
  return {
    variables: variables.map(([id, value]) => {
      const { first, next } = reader.fields(value, ['first', 'next']);
      if (first === undefined || next === undefined) reader.fault(value, 'needs first and next');
      return {
        id,
        first: first === undefined ? [] : inner.text(first),
        next: next === undefined ? [] : inner.text(next),
      };
    }),
    body: f.operators === undefined ? [] : inner.operators(f.operators),
    result: reader.text(f.result),
    until: f.until === undefined ? null : parsePredicate(reader, f.until, inner),
    maxTurns: reader.count(f.max, 1),
    atBound: chooseWord(reader, f.at_max, AT_MAX, 'last'),
  };
}

function parseBody(reader: YamlReader, place: Place, inner: InnerParsers): wire.Body {
  const f = reader.fields(place, BODY_FIELDS);
  if (f.result === undefined) reader.fault(place, 'needs result');
  return {
    operators: f.operators === undefined ? [] : inner.operators(f.operators),
    result: reader.text(f.result),
  };
}

function parsePredicate(reader: YamlReader, place: Place, inner: InnerParsers): wire.Predicate {
  const f = reader.fields(place, PREDICATE_FIELDS);
  const tests = TESTS.filter((test) => f[test] !== undefined);
  if (f.text === undefined) reader.fault(place, 'needs text');
  if (tests.length !== 1) {
    const found = tests.length === 0 ? 'none' : tests.join(', ');
    reader.fault(place, `needs one of ${TESTS.join(', ')}; has ${found}`);
  }
  return {
    text: f.text === undefined ? [] : inner.text(f.text),
    ...testOf(reader, f, tests[0]),
    ignoreCase: reader.boolean(f.ignore_case, false),
    negated: reader.boolean(f.not, false),
  };
}

function testOf(
  reader: YamlReader,
  fields: Partial<Record<(typeof TESTS)[number], Place>>,
  test: (typeof TESTS)[number] | undefined,
): wire.Predicate {
  switch (test) {
    case undefined:
      return {};
    case 'non_empty':
      if (!reader.boolean(fields.non_empty, true)) {
        reader.fault(fields.non_empty as Place, 'takes true; the opposite has "not: true"');
      }
      return { nonEmpty: true };
    case 'starts_with':
      return { startsWith: reader.text(fields.starts_with) };
    default:
      return { [test]: reader.text(fields[test]) };
  }
}

function chooseWord<const Table extends Readonly<Record<string, string>>>(
  reader: YamlReader,
  place: Place | undefined,
  table: Table,
  fallback: keyof Table & string,
): Table[keyof Table] {
  const word = reader.text(place, fallback);
  if (!Object.hasOwn(table, word)) {
    reader.fault(place as Place, `is one of ${Object.keys(table).join(', ')}; is "${word}"`);
  }
  return table[word as keyof Table] ?? table[fallback];
}
