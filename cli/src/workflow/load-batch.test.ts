import { describe, expect, it } from 'vitest';
import { loadBatch } from './load-batch.ts';

const rowsOf = async (flags: Readonly<Record<string, unknown>>) =>
  (await loadBatch('trading', flags)).rows;

describe('rows of an example', () => {
  it('are as many of its own as --rows counts, the first of them with --limit', async () => {
    const three = await rowsOf({ rows: '3' });
    expect(three).toHaveLength(3);
    expect(await rowsOf({ rows: '3', limit: '2' })).toEqual(three.slice(0, 2));
    expect(await rowsOf({ limit: '3' })).toEqual(three);
  });

  it('are refused where it has fewer than are counted, or none are asked for', async () => {
    await expect(rowsOf({ rows: '4000' })).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
      message: expect.stringMatching(/^--rows: 4000, but trading has \d+ rows$/),
    });
    await expect(rowsOf({ rows: '0' })).rejects.toThrow('--rows: "0" is not a whole number from 1');
  });

  it('come from a file where --rows names one', async () => {
    await expect(rowsOf({ rows: 'no-such.jsonl' })).rejects.toThrow('no-such.jsonl: no such file');
  });
});
