type Rows = readonly Readonly<Record<string, string>>[];

const SHOWN = 24;

/** Where two runs' outputs part, for people; undefined where they are equal. */
export function firstDifference(expected: Rows, actual: Rows): string | undefined {
  for (let row = 0; row < Math.max(expected.length, actual.length); row++) {
    const [wanted, got] = [expected[row] ?? {}, actual[row] ?? {}];
    for (const name of [...new Set([...Object.keys(wanted), ...Object.keys(got)])].sort()) {
      if (wanted[name] === got[name]) continue;
      return `row ${row}, output "${name}": ${describeTexts(wanted[name], got[name])}`;
    }
  }
  return undefined;
}

function describeTexts(wanted: string | undefined, got: string | undefined): string {
  if (wanted === undefined) return 'should not be there';
  if (got === undefined) return 'is missing';
  let at = 0;
  while (wanted[at] === got[at]) at++;
  const show = (text: string) => JSON.stringify(text.slice(at, at + SHOWN));
  return `at character ${at} ${show(got)} instead of ${show(wanted)}`;
}
