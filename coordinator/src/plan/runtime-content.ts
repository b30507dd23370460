import { type Canonical, canonicalHash, type OperatorId } from '@helium/shared';
import {
  type Content,
  type ContentOf,
  type ContentTemplate,
  contentTemplate,
  encodeContent,
  fillTemplate,
  type LiteralContents,
  opaqueContent,
  referableContent,
} from './content.ts';
import type { PlanOperator, RuntimeOperator } from './logical-plan.ts';
import type { Body, LoopOperator, Predicate, Segment } from './operator.ts';
import { scopedIds } from './references.ts';

type Templates = (texts: readonly (readonly Segment[])[]) => readonly ContentTemplate[];

type MemberContent = (contentOf: ContentOf, column: Content | undefined) => Content | undefined;

/**
 * The content of an operator that is expanded at run time: what decides the value, and the results of
 * its bodies, in which items and variables stand as symbols. So equal contents mean equal texts,
 * whatever ids the bodies use and however many steps they take.
 */
export function runtimeContent(
  operator: RuntimeOperator,
  depth: number,
  literals: LiteralContents,
  contentOfMember: (member: PlanOperator) => MemberContent,
): MemberContent {
  const symbols = new Map(
    scopedIds(operator).map((id, i) => [id, opaqueContent(`symbol ${depth} ${i}`)] as const),
  );
  const scopeOf = (body: Body<PlanOperator>) => bodyScope(body, symbols, contentOfMember);
  const templates: Templates = (texts) => texts.map((text) => contentTemplate(text, literals));
  switch (operator.kind) {
    case 'each': {
      const { list, separator, body } = operator;
      const within = scopeOf(body);
      const source = templates([list.text]);
      const result = templates([body.result]);
      const fields = ['each', list.format, list.itemsMax, list.overflow, separator];
      return (contentOf) =>
        combine(fields, [
          { contentOf, texts: source },
          { contentOf: within(contentOf), texts: result },
        ]);
    }
    case 'cond': {
      const { predicate, branches } = operator;
      const [chosen, other] = [scopeOf(branches.yes), scopeOf(branches.no)];
      const text = templates([predicate.text]);
      const ofChosen = templates([branches.yes.result]);
      const ofOther = templates([branches.no.result]);
      const fields = ['cond', ...encodeTest(predicate)];
      return (contentOf) =>
        combine(fields, [
          { contentOf, texts: text },
          { contentOf: chosen(contentOf), texts: ofChosen },
          { contentOf: other(contentOf), texts: ofOther },
        ]);
    }
    case 'loop':
      return loopContent(operator, scopeOf(operator.body), templates);
  }
}

function loopContent(
  operator: LoopOperator<PlanOperator>,
  within: (contentOf: ContentOf) => ContentOf,
  templates: Templates,
): MemberContent {
  const { variables, until, body, turnsMax, atBound, begun } = operator;
  const fields = ['loop', turnsMax, atBound, begun?.turns ?? 0, ...encodeTest(until)];
  const before = templates([
    ...variables.map(({ first }) => first),
    ...(begun === undefined ? [] : [begun.until.text, begun.result]),
  ]);
  const inside = templates([...variables.map(({ next }) => next), until.text, body.result]);
  return (contentOf) =>
    combine(fields, [
      { contentOf, texts: before },
      { contentOf: within(contentOf), texts: inside },
    ]);
}

function encodeTest({ test, negated }: Predicate): Canonical[] {
  switch (test.kind) {
    case 'equals':
    case 'contains':
    case 'startsWith':
      return [Number(negated), test.kind, test.value, Number(test.ignoreCase)];
    default:
      return [Number(negated), test.kind];
  }
}

/** Texts, and what the ids in them stand for. */
interface Reading {
  readonly contentOf: ContentOf;
  readonly texts: readonly ContentTemplate[];
}

function combine(fields: readonly Canonical[], readings: readonly Reading[]): Content | undefined {
  const encoded: Canonical[] = [];
  for (const { contentOf, texts } of readings) {
    for (const text of texts) {
      const content = fillTemplate(text, contentOf);
      if (content === undefined) return undefined;
      encoded.push(encodeContent(content));
    }
  }
  return opaqueContent(canonicalHash('helium.runtime.v1', [[...fields], encoded]));
}

/** What the ids of a body stand for, given what those outside do. */
function bodyScope(
  { operators }: Body<PlanOperator>,
  symbols: ReadonlyMap<OperatorId, Content>,
  contentOfMember: (member: PlanOperator) => MemberContent,
): (contentOf: ContentOf) => ContentOf {
  const members = operators.map((member) => [member.id, contentOfMember(member)] as const);
  return (contentOf) => {
    const scope = new Map<OperatorId, Content | undefined>(symbols);
    const look: ContentOf = (id) => (scope.has(id) ? scope.get(id) : contentOf(id));
    for (const [id, contentFor] of members) {
      const content = contentFor(look, undefined);
      scope.set(id, content === undefined ? undefined : referableContent(content));
    }
    return look;
  };
}
