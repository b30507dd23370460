import { operatorId } from '@helium/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Content,
  type ContentTemplate,
  contentSignature,
  contentTemplate,
  fillTemplate,
  knownContent,
  type LiteralContents,
  opaqueContent,
  referableContent,
  SPELLED_CHARACTERS_MAX,
} from './content.ts';
import type { Segment } from './operator.ts';

const templateContent = (segments: readonly Segment[], resolve: typeof contentOf) =>
  fillTemplate(contentTemplate(segments), resolve);

const OPAQUE = { p: opaqueContent('P'.repeat(64)), q: opaqueContent('Q'.repeat(64)) };

const contentOf = (id: string): Content | undefined =>
  id === 'p' || id === 'q' ? OPAQUE[id] : knownContent(id.slice(1));

/**
 * Letters are text, `p` and `q` texts that are not known yet; cut into pieces anyhow, some behind
 * references.
 */
const writing = fc.string({ unit: fc.constantFrom('a', 'b', 'p', 'q'), maxLength: 6 });

function pieces(written: string, cuts: readonly number[]): Segment[] {
  return [...written].flatMap((letter, i): Segment[] => {
    if (letter === 'p' || letter === 'q') return [{ kind: 'ref', operator: operatorId(letter) }];
    const cut = cuts[i % Math.max(1, cuts.length)] ?? 0;
    const text: Segment = { kind: 'text', text: letter };
    const behind: Segment = { kind: 'ref', operator: operatorId(`=${letter}`) };
    const nothing: Segment = { kind: 'text', text: '' };
    return [text, behind, nothing].slice(cut % 2, (cut % 2) + 1).concat(cut > 4 ? nothing : []);
  });
}

describe('templateContent', () => {
  it('is equal exactly when the text written is, however it is cut into pieces', () => {
    const cuts = fc.array(fc.nat(6), { maxLength: 4 });
    fc.assert(
      fc.property(writing, writing, cuts, cuts, (a, b, cutsA, cutsB) => {
        const first = contentSignature(templateContent(pieces(a, cutsA), contentOf)!);
        const second = contentSignature(templateContent(pieces(b, cutsB), contentOf)!);
        expect(first === second).toBe(a === b);
      }),
      { numRuns: 1000 },
    );
  });

  it('is undefined when a part of it is', () => {
    const segments: Segment[] = [{ kind: 'ref', operator: operatorId('x') }];
    expect(templateContent(segments, () => undefined)).toBeUndefined();
  });

  it('is not taken in by a text that reads like a signature', () => {
    const signature = 'P'.repeat(64);
    const said = knownContent(signature);
    expect(contentSignature(said)).not.toBe(signature);
    const [first, second] = [said, OPAQUE.p].map((content) => [...knownContent('a'), ...content]);
    expect(contentSignature([...first!, ...OPAQUE.q])).not.toBe(
      contentSignature([...second!, ...OPAQUE.q]),
    );
  });

  it('keeps the signature of a text that is nothing but another', () => {
    expect(contentSignature(OPAQUE.p)).toBe('P'.repeat(64));
  });
});

describe('referableContent', () => {
  it('stands a long text for by its signature and leaves a short one as it is', () => {
    const short = knownContent('x'.repeat(SPELLED_CHARACTERS_MAX));
    const long = knownContent('x'.repeat(SPELLED_CHARACTERS_MAX + 1));
    expect(referableContent(short)).toBe(short);
    expect(referableContent(long)).toEqual(opaqueContent(contentSignature(long)));
  });
});

describe('contentTemplate', () => {
  it('hashes a long literal once for all templates of a plan', () => {
    const literals: LiteralContents = new Map();
    const text = 'x'.repeat(SPELLED_CHARACTERS_MAX + 1);
    const segment = { kind: 'text', text } as const;
    const contentOf = (piece: ContentTemplate[number] | undefined) =>
      piece?.kind === 'literal' ? piece.content : undefined;
    const [first, second] = contentTemplate([segment, segment], literals).map(contentOf);
    const [third] = contentTemplate([segment], literals).map(contentOf);
    expect(first).toEqual(referableContent(knownContent(text)));
    expect(second).toBe(first);
    expect(third).toBe(first);
    expect([...literals.keys()]).toEqual([text]);
  });
});
