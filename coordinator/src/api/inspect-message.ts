import { isUtf8 } from 'node:buffer';
import type { Fault } from '@helium/shared';
import { type FieldSchema, type MessageSchema, messageSchema } from './message-schema.ts';

const PACKAGE = 'helium.v1';

const WIRE_VARINT = 0;
const WIRE_FIXED64 = 1;
const WIRE_BYTES = 2;
const WIRE_FIXED32 = 5;

/** More say nothing new, and a request of only faults must not grow memory. */
const FAULTS_MAX = 100;

/** As deep as protobuf decoders go. */
const DEPTH_MAX = 100;

/** A fault of a message, and the code of a refusal for it alone. */
export interface MessageFault extends Fault {
  readonly code: 'TEXT_INVALID' | 'REQUEST_INVALID';
}

/**
 * What decoding would pass over in silence: texts that are not UTF-8 (they would become U+FFFD) and
 * fields this version does not know (they would be dropped). Up to 100 faults. Cost: O(bytes). Bytes
 * that are no message at all are left to the decoder.
 */
export function inspectMessage(name: string, bytes: Buffer): MessageFault[] {
  const faults: MessageFault[] = [];
  inspect(bytes, messageSchema(`${PACKAGE}.${name}`), '', 0, faults);
  return faults;
}

function inspect(
  bytes: Buffer,
  schema: MessageSchema,
  path: string,
  depth: number,
  faults: MessageFault[],
): void {
  const counts = new Map<number, number>();
  for (const { number, content } of fieldsOf(bytes)) {
    if (faults.length >= FAULTS_MAX) return;
    const field = schema.get(number);
    if (field === undefined) {
      const message = `field number ${number} is not known to this version`;
      faults.push({ code: 'REQUEST_INVALID', field: path, message });
      continue;
    }
    const index = counts.get(number) ?? 0;
    counts.set(number, index + 1);
    if (content === undefined) continue;
    const at = pathOf(path, field, index);
    if (field.kind === 'message' && depth < DEPTH_MAX) {
      inspect(content, field.message(), at, depth + 1, faults);
    } else if (field.kind === 'text' && !isUtf8(content)) {
      const message = `its ${content.length} bytes are not UTF-8`;
      faults.push({ code: 'TEXT_INVALID', field: at, message });
    }
  }
}

function pathOf(path: string, field: FieldSchema, index: number): string {
  const name = path === '' ? field.name : `${path}.${field.name}`;
  return field.repeated ? `${name}[${index}]` : name;
}

/** The fields of an encoded message in order; `content` for length-delimited ones. */
function* fieldsOf(bytes: Buffer): Generator<{ number: number; content?: Buffer }> {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; at < bytes.length; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    const length = { [WIRE_FIXED64]: 8, [WIRE_FIXED32]: 4 }[tag % 8];
    if (tag % 8 === WIRE_BYTES) {
      const end = varint() + at;
      if (!(end <= bytes.length)) return;
      yield { number, content: bytes.subarray(at, end) };
      at = end;
    } else if (tag % 8 === WIRE_VARINT) {
      varint();
      yield { number };
    } else if (length !== undefined) {
      at += length;
      yield { number };
    } else {
      return;
    }
  }
}
