import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../root.ts';
import { read, trackedFiles } from '../tree.ts';

const LINK = /\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g;
const DEFINITION = /^\[[^\]]+\]:\s+<?([^\s>]+)>?/gm;
const FENCED = /^(```|~~~)[\s\S]*?^\1/gm;
const ELSEWHERE = /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i;

/** Faults of one page: relative links whose target, or heading in it, is not there. */
function brokenLinks(page: string, source: string): string[] {
  const text = source.replace(FENCED, '').replace(/`[^`\n]*`(?!\])/g, '');
  const targets = [...text.matchAll(LINK), ...text.matchAll(DEFINITION)].map(([, to = '']) => to);
  return targets
    .filter((target) => !ELSEWHERE.test(target))
    .flatMap((target) => {
      const [path = '', heading] = decodeURI(target).split('#');
      const file = path === '' ? page : normalize(join(dirname(page), path));
      if (file.startsWith('..') || !existsSync(join(ROOT, file))) {
        return [`${page}: ${target} is not there`];
      }
      if (heading === undefined || !file.endsWith('.md')) return [];
      const known = headings(file === page ? source : read(file));
      return known.includes(heading) ? [] : [`${page}: ${target}: no such heading`];
    });
}

/** Headings as hosts of Markdown name them: lower case, punctuation gone, spaces to hyphens. */
function headings(source: string): string[] {
  const lines = source.replace(FENCED, '').matchAll(/^#+ (.+)$/gm);
  return [...lines].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('links in Markdown', () => {
  it('lead to files and headings that are there', () => {
    const pages = trackedFiles().filter((file) => file.endsWith('.md'));
    expect(pages).toContain('ARCHITECTURE.md');
    expect(pages.flatMap((page) => brokenLinks(page, read(page)))).toEqual([]);
  });

  it('are found broken by file and by heading, outside of code', () => {
    const source = [
      '# A title',
      '[a](docs/none.md) [b](#a-title) [c](#none) [`d`](CONTRIBUTING.md) [e](https://example.org/x)',
      '`[f](none.md)`',
      '```',
      '[g](none.md)',
      '```',
      '[h]: none.txt',
    ].join('\n');
    expect(brokenLinks('ARCHITECTURE.md', source)).toEqual([
      'ARCHITECTURE.md: docs/none.md is not there',
      'ARCHITECTURE.md: #none: no such heading',
      'ARCHITECTURE.md: none.txt is not there',
    ]);
  });
});
