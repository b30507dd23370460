// Original file: helium/v1/worker.proto


export interface ContentPart {
  'text'?: (string);
  'digest'?: (Buffer | Uint8Array | string);
  'part'?: "text"|"digest";
}

export interface ContentPart__Output {
  'text'?: (string);
  'digest'?: (Buffer);
  'part'?: "text"|"digest";
}
