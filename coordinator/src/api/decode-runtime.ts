import type { wire } from '@helium/proto';
import { operatorId } from '@helium/shared';
import type {
  Body,
  CondOperator,
  EachOperator,
  ListSource,
  LoopOperator,
  Operator,
  Predicate,
  PredicateTest,
  Segment,
} from '../plan/operator.ts';
import { type DecodeFaults, decodeEnum } from './decode-faults.ts';

/** What the bodies and texts of an operator are decoded by. */
export interface InnerDecoders {
  readonly operators: (sent: readonly wire.Operator__Output[], field: string) => Operator[];
  readonly segments: (sent: readonly wire.Segment__Output[], field: string) => Segment[];
  readonly faults: DecodeFaults;
}

const FORMATS = {
  LIST_FORMAT_UNSPECIFIED: 'lines',
  LIST_FORMAT_LINES: 'lines',
  LIST_FORMAT_BULLETS: 'bullets',
  LIST_FORMAT_JSON: 'json',
} as const satisfies Record<string, ListSource['format']>;

const OVERFLOWS = {
  LIST_OVERFLOW_UNSPECIFIED: 'fail',
  LIST_OVERFLOW_FAIL: 'fail',
  LIST_OVERFLOW_TRUNCATE: 'truncate',
} as const satisfies Record<string, ListSource['overflow']>;

const BOUNDS = {
  LOOP_BOUND_UNSPECIFIED: 'last',
  LOOP_BOUND_LAST: 'last',
  LOOP_BOUND_FAIL: 'fail',
} as const satisfies Record<string, LoopOperator['atBound']>;

/** A map over a list made at run time. */
export function decodeEach(
  id: string,
  sent: wire.MapOperator__Output,
  list: wire.ListSource__Output,
  field: string,
  decoders: InnerDecoders,
): EachOperator {
  const { faults } = decoders;
  if (sent.items.length > 0) {
    faults.add(`${field}.items`, `operator "${id}" has items and a list; it takes one of them`);
  }
  const at = `${field}.list`;
  return {
    kind: 'each',
    id: operatorId(id),
    list: {
      text: decoders.segments(list.text, `${at}.text`),
      format:
        decodeEnum<ListSource['format']>(FORMATS, list.format, `${at}.format`, faults) ?? 'lines',
      itemsMax: list.maxItems,
      overflow:
        decodeEnum<ListSource['overflow']>(OVERFLOWS, list.overflow, `${at}.overflow`, faults) ??
        'fail',
    },
    item: operatorId(sent.item),
    body: {
      operators: decoders.operators(sent.body, `${field}.body`),
      result: resultOf(sent.result),
    },
    separator: sent.separator,
  };
}

export function decodeCond(
  id: string,
  sent: wire.CondOperator__Output,
  field: string,
  decoders: InnerDecoders,
): CondOperator {
  return {
    kind: 'cond',
    id: operatorId(id),
    predicate: decodePredicate(sent.predicate, `${field}.predicate`, decoders),
    branches: {
      yes: decodeBody(sent.yes, `${field}.yes`, decoders),
      no: decodeBody(sent.no, `${field}.no`, decoders),
    },
  };
}

export function decodeLoop(
  id: string,
  sent: wire.LoopOperator__Output,
  field: string,
  decoders: InnerDecoders,
): LoopOperator {
  const bound = decodeEnum<LoopOperator['atBound']>(
    BOUNDS,
    sent.atBound,
    `${field}.at_bound`,
    decoders.faults,
  );
  return {
    kind: 'loop',
    id: operatorId(id),
    variables: sent.variables.map((variable, i) => {
      const at = `${field}.variables[${i}]`;
      return {
        id: operatorId(variable.id),
        first: decoders.segments(variable.first, `${at}.first`),
        next: decoders.segments(variable.next, `${at}.next`),
      };
    }),
    body: {
      operators: decoders.operators(sent.body, `${field}.body`),
      result: resultOf(sent.result),
    },
    until: decodePredicate(sent.until, `${field}.until`, decoders),
    turnsMax: sent.maxTurns,
    atBound: bound ?? 'last',
  };
}

function decodeBody(
  sent: wire.Body__Output | null,
  field: string,
  { operators, faults }: InnerDecoders,
): Body<Operator> {
  if (sent === null) {
    faults.add(field, 'is missing');
    return { operators: [], result: [] };
  }
  return {
    operators: operators(sent.operators, `${field}.operators`),
    result: resultOf(sent.result),
  };
}

/** Nothing for no name: the plan says so. */
function resultOf(id: string): Segment[] {
  return id === '' ? [] : [{ kind: 'ref', operator: operatorId(id) }];
}

function decodePredicate(
  sent: wire.Predicate__Output | null,
  field: string,
  { segments, faults }: InnerDecoders,
): Predicate {
  const test = sent === null ? undefined : decodeTest(sent);
  if (test === undefined) {
    const tests = 'equals, contains, starts_with, matches, non_empty, function';
    faults.add(field, sent === null ? 'is missing' : `has no test; known: ${tests}`);
  }
  return {
    text: segments(sent?.text ?? [], `${field}.text`),
    test: test ?? { kind: 'nonEmpty' },
    negated: sent?.negated ?? false,
  };
}

function decodeTest(sent: wire.Predicate__Output): PredicateTest | undefined {
  const { ignoreCase } = sent;
  switch (sent.test) {
    case 'equals':
      return { kind: 'equals', value: sent.equals ?? '', ignoreCase };
    case 'contains':
      return { kind: 'contains', value: sent.contains ?? '', ignoreCase };
    case 'startsWith':
      return { kind: 'startsWith', value: sent.startsWith ?? '', ignoreCase };
    case 'matches':
      return { kind: 'matches', pattern: sent.matches ?? '', ignoreCase };
    case 'function':
      return { kind: 'function', name: sent.function ?? '' };
    case 'nonEmpty':
      return sent.nonEmpty === true ? { kind: 'nonEmpty' } : undefined;
    default:
      return undefined;
  }
}
