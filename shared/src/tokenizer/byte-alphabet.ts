/** GPT-2's printable stand-in for each byte: BYTE_CHARS[byte] is one character. */
export const BYTE_CHARS: readonly string[] = makeByteChars();

/** Inverse of BYTE_CHARS. */
const CHAR_BYTES: ReadonlyMap<string, number> = new Map(
  BYTE_CHARS.map((char, byte) => [char, byte]),
);

function makeByteChars(): string[] {
  const isPrintable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(isPrintable(byte) ? byte : next++),
  );
}

const UTF8 = new TextEncoder();

/** The text's UTF-8 bytes in the stand-in alphabet. */
export function toByteChars(text: string): string {
  let mapped = '';
  for (const byte of UTF8.encode(text)) mapped += BYTE_CHARS[byte];
  return mapped;
}

/** Bytes of a token; a character outside the alphabet stands for its own UTF-8. */
export function fromByteChars(token: string): Uint8Array {
  const bytes: number[] = [];
  for (const char of token) {
    const byte = CHAR_BYTES.get(char);
    if (byte === undefined) bytes.push(...UTF8.encode(char));
    else bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}
