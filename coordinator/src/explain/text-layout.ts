/** Columns of a line of an explanation at most. */
export const COLUMNS = 108;

/** "1 call", "2,000 calls". */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** 12,345. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** "76 %" of a part in a whole; "0 %" of nothing. */
export function share(part: number, whole: number): string {
  return `${whole === 0 ? 0 : Math.round((100 * part) / whole)} %`;
}

/** "a", "a and b", "a, b and c". */
export function enumerate(items: readonly string[]): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/**
 * A text broken at spaces into lines of at most COLUMNS: the first begins with `first`, the others with
 * `others`. A word that is longer than a line is cut, and shows that by "…".
 */
export function wrap(text: string, first = '', others = first): string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(' ')) {
    const longer = isEmpty ? `${line}${word}` : `${line} ${word}`;
    if (longer.length <= COLUMNS || isEmpty) {
      line = longer;
    } else {
      lines.push(cut(line, COLUMNS));
      line = `${others}${word}`;
    }
    isEmpty = false;
  }
  return [...lines, cut(line, COLUMNS)];
}

/** The start of a text of at most `length` characters, "…" where some are left out. */
export function cut(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}

/** A text on one line, as a literal is shown. */
export function onOneLine(text: string): string {
  return text.replaceAll(/\r?\n/g, '⏎').replaceAll(/\s+/g, ' ');
}

/** Columns in line, numbers (columns of `right`) to the right. */
export function table(lines: readonly (readonly string[])[], right: readonly number[]): string[] {
  const widths: number[] = [];
  for (const line of lines) {
    for (const [i, cell] of line.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  return lines.map((line) =>
    line
      .map((cell, i) =>
        right.includes(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}
