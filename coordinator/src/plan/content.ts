import { type Canonical, canonicalHash, type OperatorId } from '@helium/shared';
import type { Segment } from './operator.ts';

/**
 * What a text is made of, in normal form: known text, no two of them adjacent and none empty, and
 * texts known only by signature. Two templates that write the same text in different pieces have
 * equal content.
 */
export type Content = readonly ContentPart[];

export type ContentPart =
  | { readonly kind: 'known'; readonly text: string }
  | { readonly kind: 'opaque'; readonly signature: string };

/**
 * UTF-16 units up to which a text is spelled out in contents. A longer literal or operator's text
 * stands there as its hash, so that a long shared input is hashed once and not once per use.
 */
export const SPELLED_CHARACTERS_MAX = 1024;
const SPELLED_PARTS_MAX = 64;

export function knownContent(text: string): Content {
  return text === '' ? [] : [{ kind: 'known', text }];
}

export function opaqueContent(signature: string): Content {
  return [{ kind: 'opaque', signature }];
}

/** A template whose literals are contents already, to be filled in for many classes of rows. */
export type ContentTemplate = readonly (
  | { readonly kind: 'literal'; readonly content: Content }
  | { readonly kind: 'ref'; readonly operator: OperatorId }
)[];

export type ContentOf = (id: OperatorId) => Content | undefined;

/**
 * Contents of long literals by text. Folding writes one column of megabytes into every template that
 * refers to it: whoever makes the contents of a whole plan hashes it once.
 */
export type LiteralContents = Map<string, Content>;

export function contentTemplate(
  segments: readonly Segment[],
  literals: LiteralContents = new Map(),
): ContentTemplate {
  return segments.map((segment) => {
    if (segment.kind === 'ref') return segment;
    return { kind: 'literal', content: literalContent(segment.text, literals) };
  });
}

function literalContent(text: string, literals: LiteralContents): Content {
  if (text.length <= SPELLED_CHARACTERS_MAX) return knownContent(text);
  const content = literals.get(text) ?? referableContent(knownContent(text));
  literals.set(text, content);
  return content;
}

/**
 * The content of a template. Undefined when `contentOf` is for a reference: its text cannot be told
 * apart.
 */
export function fillTemplate(template: ContentTemplate, contentOf: ContentOf): Content | undefined {
  const parts: ContentPart[] = [];
  for (const piece of template) {
    const content = piece.kind === 'literal' ? piece.content : contentOf(piece.operator);
    if (content === undefined) return undefined;
    for (const part of content) appendPart(parts, part);
  }
  return parts;
}

/**
 * 64 hex digits: equal exactly when the contents are. An opaque text alone has its own signature.
 */
export function contentSignature(content: Content): string {
  const [only] = content;
  if (content.length === 1 && only?.kind === 'opaque') return only.signature;
  return canonicalHash('helium.text.v1', encodeContent(content));
}

/** The content in a form to be hashed as part of something larger. */
export function encodeContent(content: Content): Canonical {
  return content.map((part) => (part.kind === 'known' ? part.text : ['ref', part.signature]));
}

/** The content by which others refer to a text: itself, or its hash when it is long. */
export function referableContent(content: Content): Content {
  const characters = content.reduce(
    (sum, part) => sum + (part.kind === 'known' ? part.text.length : 0),
    0,
  );
  const isShort = characters <= SPELLED_CHARACTERS_MAX && content.length <= SPELLED_PARTS_MAX;
  return isShort ? content : opaqueContent(contentSignature(content));
}

function appendPart(parts: ContentPart[], part: ContentPart): void {
  const last = parts.at(-1);
  if (part.kind === 'known' && last?.kind === 'known') {
    parts[parts.length - 1] = { kind: 'known', text: last.text + part.text };
  } else {
    parts.push(part);
  }
}
