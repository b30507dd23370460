/** Of ECMAScript 2026, which the compiler's libraries do not know yet. */
const json = JSON as unknown as {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): object;
  isRawJSON(value: unknown): boolean;
};

/** A line that opens a block of code; what it says of the language, if anything, is JSON. */
const OPENING = /```(?:json)?[^\S\n]*\n/i;

/** A line that closes one. No white space but on that line: looking for it costs O(characters). */
const CLOSING = /\n[^\S\n]*```/;

/**
 * The value of a text that is JSON, alone or in the first fenced block of code, as models like to write it.
 * Numbers that a double cannot tell apart from others stand as they were written, for `jsonOf`. Throws
 * SyntaxError for a text that is none or nests too deep. Cost: O(characters).
 */
export function parseWrittenJson(text: string): unknown {
  return notTooDeep(() =>
    json.parse(fenced(text) ?? text, (_, value, { source }) =>
      typeof value === 'number' && source !== undefined && String(value) !== source
        ? json.rawJSON(source)
        : value,
    ),
  );
}

/** The JSON of such a value, its numbers as they were written. Throws SyntaxError where it nests too deep. */
export function jsonOf(value: unknown): string {
  return notTooDeep(() => JSON.stringify(value));
}

/** The part by that name, or undefined: a number has none, however it is kept. */
export function partOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || json.isRawJSON(value)) return undefined;
  return Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function fenced(text: string): string | undefined {
  const opening = OPENING.exec(text);
  if (opening === null) return undefined;
  const from = opening.index + opening[0].length;
  const length = text.slice(from).search(CLOSING);
  return length < 0 ? undefined : text.slice(from, from + length);
}

function notTooDeep<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof RangeError) throw new SyntaxError('it nests too deep', { cause: error });
    throw error;
  }
}
