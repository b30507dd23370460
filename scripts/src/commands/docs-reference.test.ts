import { ERROR_CODES } from '@helium/shared';
import { SETTINGS } from '@helium/shared/config';
import { METRICS } from '@helium/shared/telemetry';
import { describe, expect, it } from 'vitest';
import { referencePages, stalePages } from './docs-reference.ts';

const texts = new Map(referencePages().map(({ path, text }) => [path, text]));

/** The first cell of every row of the first table of a page. */
function firstCells(path: string): string[] {
  const rows = texts.get(path)!.split('\n');
  return rows.flatMap((row) => /^\| `(?:--)?([^`]+)` \|/.exec(row)?.[1] ?? []);
}

describe('docs-reference', () => {
  it('has a row for every code, setting and metric, in the order of the tables', () => {
    expect(firstCells('docs/reference/errors.md')).toEqual(Object.keys(ERROR_CODES));
    expect(firstCells('docs/reference/config.md')).toEqual(Object.keys(SETTINGS));
    expect(firstCells('docs/reference/metrics.md')).toEqual(Object.keys(METRICS));
  });

  it('says of an error what it means, how it travels and who can fix it', () => {
    expect(texts.get('docs/reference/errors.md')).toContain(
      '| `RUN_CANCELLED` | The run was cancelled. | `CANCELLED` | no | caller |',
    );
  });

  it('keeps the choices of a setting in one cell', () => {
    expect(texts.get('docs/reference/config.md')).toContain(
      '| `--engine` | `HELIUM_ENGINE` | onnx \\| sim | `onnx` |',
    );
  });

  it('names pages that are missing or differ, and no other', () => {
    const [first, second, ...others] = referencePages();
    const onDisk = new Map([
      [first!.path, first!.text],
      [second!.path, `${second!.text}edited by hand\n`],
    ]);
    expect(stalePages(referencePages(), (path) => onDisk.get(path))).toEqual([
      second!.path,
      ...others.map(({ path }) => path),
    ]);
  });
});
