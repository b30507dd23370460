import fc from 'fast-check';
import { expect, it } from 'vitest';
import { markContents, pickMarkers, splitMarked } from './content-markers.ts';

const part = fc.constantFrom('\uFDD0', '\uFDD1', '\uFDD2', '\uFDD3', '0', '1', '2', 'a');
const text = fc.oneof(
  fc.constantFrom('\uFDD00\uFDD1', '\uFDD20\uFDD3', '\uFDD01\uFDD1', '\uFDD21\uFDD3'),
  fc.array(part, { maxLength: 6 }).map((parts) => parts.join('')),
);

it('picks markers that no text holds, so that contents come back as they were', () => {
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), (contents) => {
      const markers = pickMarkers(contents);
      for (const content of contents) {
        expect(content).not.toContain(markers.open);
        expect(content).not.toContain(markers.close);
      }
      const chat = contents.map((content) => ({ role: 'user' as const, content }));
      const rendered = markContents(chat, markers).map(({ content }) => `<${content}>`);
      const pieces = splitMarked(rendered.join(''), markers) ?? [];
      expect(pieces.filter(({ kind }) => kind === 'content').map((p) => p.text)).toEqual(contents);
      expect(pieces.map((p) => p.text).join('')).toBe(contents.map((c) => `<${c}>`).join(''));
    }),
  );
});
