import { readFileSync } from 'node:fs';

const DESCRIPTOR_SET = new URL('gen/descriptor-set.binpb', import.meta.url);

/** The tag of FileDescriptorSet.file: field 1, length-delimited. */
const FILE_TAG = 0x0a;

/**
 * The compiled proto files (google.protobuf.FileDescriptorProto, encoded), imports included, for
 * reflection: proto-loader's own descriptors lose the names, imports and maps of the files.
 */
export function fileDescriptors(): Buffer[] {
  const set = readFileSync(DESCRIPTOR_SET);
  const files: Buffer[] = [];
  let at = 0;
  while (at < set.length) {
    if (set[at] !== FILE_TAG) throw new Error(`${DESCRIPTOR_SET}: no descriptor set at byte ${at}`);
    let length = 0;
    let byte = 0x80;
    for (let scale = 1; byte >= 0x80; scale *= 128) {
      byte = set[++at] ?? 0;
      length += (byte & 0x7f) * scale;
    }
    at += 1;
    files.push(set.subarray(at, at + length));
    at += length;
  }
  return files;
}
