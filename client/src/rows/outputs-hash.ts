import { createHash } from 'node:crypto';

/**
 * SHA-256 over all outputs in row and name order: of the JSON text `[[["name","text"],…],…]`, names
 * sorted by code unit. Equal hashes mean equal bytes.
 */
export function outputsHash(rows: readonly Readonly<Record<string, string>>[]): string {
  const canonical = rows.map((row) =>
    Object.keys(row)
      .sort()
      .map((name) => [name, row[name]]),
  );
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex');
}
