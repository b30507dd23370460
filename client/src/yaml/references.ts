import type { wire } from '@helium/proto';
import type { Place, YamlReader } from './yaml-reader.ts';

/** An operator's id, with the number of a sample behind it where it has several. */
const ID = /^[A-Za-z][A-Za-z0-9_.-]*(\[\d+\])?$/;

/** The text at a place, with its references. */
export function parseText(reader: YamlReader, place: Place): wire.Segment[] {
  return parseReferences(reader.text(place), (message) => reader.fault(place, message));
}

/**
 * Splits a text at its `{{operator}}` references; `\{{` is a literal `{{`. What cannot be a reference is
 * given to `fault` and kept out.
 */
export function parseReferences(source: string, fault: (message: string) => void): wire.Segment[] {
  const segments: wire.Segment[] = [];
  let literal = '';
  let at = 0;
  while (at < source.length) {
    if (source.startsWith('\\{{', at)) {
      literal += '{{';
      at += 3;
    } else if (source.startsWith('{{', at)) {
      const end = source.indexOf('}}', at);
      const id = end < 0 ? '' : source.slice(at + 2, end).trim();
      if (end < 0)
        fault(`"{{" at character ${at + 1} has no "}}"; a literal one is written "\\{{"`);
      else if (!ID.test(id))
        fault(`"{{${id}}}" is not a reference: an operator's id is letters, digits, "_", ".", "-"`);
      if (literal !== '') segments.push({ text: literal });
      literal = '';
      if (end < 0) return segments;
      segments.push({ ref: id });
      at = end + 2;
    } else {
      const next = source.indexOf('{{', at);
      const escaped = source.indexOf('\\{{', at);
      const stop = Math.min(next < 0 ? source.length : next, escaped < 0 ? source.length : escaped);
      literal += source.slice(at, stop);
      at = stop;
    }
  }
  if (literal !== '') segments.push({ text: literal });
  return segments;
}
