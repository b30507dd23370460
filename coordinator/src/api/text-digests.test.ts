import type { wire } from '@helium/proto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INLINE_CHARS_MAX, TEXT_BYTES_MAX, TextDigests } from './text-digests.ts';

const BYTES_MAX = 4 * 700;

/** The other side by the letter of the protocol: what was defined and not forgotten. */
class NaiveWorker {
  readonly texts = new Map<string, string>();

  read(part: wire.ContentPart): string | undefined {
    if (part.text !== undefined) return part.text;
    return this.texts.get((part.digest as Buffer).toString('hex'));
  }

  get bytes(): number {
    return [...this.texts.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  }
}

/** Texts 0 to 9, of different lengths; the even ones are long. */
const textOf = (n: number) => `${n}`.repeat(n % 2 === 0 ? INLINE_CHARS_MAX + 1 + n * 30 : 20);

describe('TextDigests', () => {
  it('agrees with a worker that defines and forgets as told, within its bound', () => {
    const batches = fc.array(fc.array(fc.nat(9), { maxLength: 8 }), { maxLength: 20 });
    fc.assert(
      fc.property(batches, (script) => {
        const mirror = new TextDigests(BYTES_MAX);
        const worker = new NaiveWorker();
        for (const batch of script) {
          for (const n of batch) {
            const { part, define } = mirror.partFor(textOf(n));
            if (define) worker.texts.set((define.digest as Buffer).toString('hex'), textOf(n));
            expect(worker.read(part)).toBe(textOf(n));
          }
          for (const digest of mirror.takeForgotten()) worker.texts.delete(digest.toString('hex'));
          expect(worker.bytes).toBeLessThanOrEqual(BYTES_MAX);
        }
      }),
    );
  });

  it('forgets the text that was used longest ago', () => {
    const texts = new TextDigests(2 * 700);
    const [a, b, c] = ['a', 'b', 'c'].map((letter) => letter.repeat(700)) as [
      string,
      string,
      string,
    ];
    texts.partFor(a);
    const { define } = texts.partFor(b);
    texts.partFor(a);
    texts.partFor(c);
    expect(texts.takeForgotten()).toEqual([define?.digest]);
  });

  it('sends short texts as they are', () => {
    expect(new TextDigests(TEXT_BYTES_MAX).partFor('x'.repeat(INLINE_CHARS_MAX))).toEqual({
      part: { text: 'x'.repeat(INLINE_CHARS_MAX) },
    });
  });
});
