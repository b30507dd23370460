import fc from 'fast-check';
import { expect, it } from 'vitest';
import { splitBatches } from './split-batches.ts';

it('keeps every entry in order, within 256 entries and 4 MiB unless one is larger', () => {
  const sizes = fc.array(fc.oneof(fc.nat(5 << 20), fc.nat(100)), { maxLength: 700 });
  fc.assert(
    fc.property(sizes, (entries) => {
      const batches = splitBatches(entries, (size) => size);
      expect(batches.flat()).toEqual(entries);
      for (const batch of batches) {
        const bytes = batch.reduce((sum, size) => sum + size, 0);
        expect(batch.length).toBeGreaterThan(0);
        expect(batch.length).toBeLessThanOrEqual(256);
        expect(batch.length === 1 || bytes <= 4 << 20).toBe(true);
      }
    }),
  );
});
