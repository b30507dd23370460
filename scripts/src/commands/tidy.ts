import { read, sourceFiles, trackedFiles } from '../tree.ts';

const LINES_MAX = 400;
const COLUMNS_MAX = 120;

/** Files over the limit, each with its reason; the list may only shrink. */
const LONG_FILES: Readonly<Record<string, string>> = {};

/** What a tracked text must not hold, with the reason. The pattern's own file is left out. */
const FORBIDDEN: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  { pattern: /\b(?:describe|it|test)\.(?:only|skip|todo)\(/, why: 'a test that does not run' },
  { pattern: /\b(?:TODO|FIXME|XXX)\b/, why: 'an unfinished place: finish it or file it' },
  { pattern: /"resolved": "http/, why: 'a download address in the lock file' },
  { pattern: /(?:^|[^\w./-])\/(?:work|root|farm)\//, why: "a path of somebody's machine" },
];

const TEXT = /\.(?:ts|mjs|json|md|ya?ml|proto|py|tpl|txt)$|Dockerfile$/;

/** Prints every file that is too long, too wide or holds what it must not; 1 if there is any. */
export function tidy(): number {
  const faults = [...sourceFiles().flatMap(sizeFaults), ...trackedFiles().flatMap(wordFaults)];
  for (const fault of faults) console.error(fault);
  return faults.length === 0 ? 0 : 1;
}

function sizeFaults(file: string): string[] {
  const lines = read(file).split('\n');
  const faults: string[] = [];
  if (lines.length > LINES_MAX && !(file in LONG_FILES) && !file.endsWith('.test.ts')) {
    faults.push(`${file}: ${lines.length} lines; the limit is ${LINES_MAX}`);
  }
  lines.forEach((line, i) => {
    // Literals are not broken by the formatter; prose in them may be wide.
    if (line.length > COLUMNS_MAX && !/['"`]/.test(line)) {
      faults.push(`${file}:${i + 1}: ${line.length} columns; the limit is ${COLUMNS_MAX}`);
    }
  });
  return faults;
}

function wordFaults(file: string): string[] {
  if (!TEXT.test(file) || file === 'scripts/src/commands/tidy.ts' || file.includes('/gen/'))
    return [];
  const source = read(file);
  return FORBIDDEN.filter(({ pattern }) => pattern.test(source)).map(
    ({ why }) => `${file}: ${why}`,
  );
}
