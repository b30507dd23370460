/** What the source of a literal is made of: escapes (a line continuation among them), line breaks, all else. */
const PIECES = /\\(?:u\{[^}]*\}|u.{4}|x.{2}|.)|\n|[^\\\n]+/gs;
const WRITTEN_BREAK = /^\\(?:n|x0a|u000a|u\{0*a\})$/i;

/**
 * The literals of a template that begins with a line break, without the indentation (spaces and tabs) that its
 * lines share, that line break and the closing one. Of others the literals as they are. Lines are those of the
 * source: a `\n` begins none.
 */
export function dedent(strings: TemplateStringsArray): string[] {
  const literals = strings.map((cooked, i) => sourceLines(cooked, strings.raw[i] ?? ''));
  const [first = [], last = []] = [literals[0], literals.at(-1)];
  if (first.length < 2 || first[0] !== '') return [...strings];
  if (last.length > 1 && isBlank(last.at(-1))) last.pop();
  first.shift();
  // The first of a literal's lines goes on with what the literal before began, if there is one.
  const begunBy = (literal: string[]) => (literal === first ? 0 : 1);
  const indents = literals.flatMap((lines) => {
    const isBeforeValue = (at: number) => lines !== last && at === lines.length - 1;
    const counted = lines.filter(
      (line, at) => at >= begunBy(lines) && (!isBlank(line) || isBeforeValue(at)),
    );
    return counted.map((line) => line.search(/[^ \t]|$/));
  });
  const width = indents.length === 0 ? 0 : Math.min(...indents);
  const shared = new RegExp(`^[ \\t]{0,${width}}`);
  const strip = (lines: string[]) =>
    lines.map((line, at) => (at < begunBy(lines) ? line : line.replace(shared, '')));
  return literals.map((lines) => strip(lines).join('\n'));
}

/** The text by lines of its source; each may have line breaks that are written as escapes. */
function sourceLines(cooked: string, raw: string): string[] {
  const breaks = (raw.match(PIECES) ?? []).filter((p) => p === '\n' || WRITTEN_BREAK.test(p));
  const [head = '', ...parts] = cooked.split('\n');
  const lines = [head];
  parts.forEach((part, i) => {
    if (breaks[i] === '\n') lines.push(part);
    else lines.push(`${lines.pop()}\n${part}`);
  });
  return lines;
}

function isBlank(line: string | undefined): boolean {
  return /^[ \t]*$/.test(line ?? '');
}
