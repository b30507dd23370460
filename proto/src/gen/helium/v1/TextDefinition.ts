// Original file: helium/v1/worker.proto


export interface TextDefinition {
  'digest'?: (Buffer | Uint8Array | string);
  'text'?: (string);
}

export interface TextDefinition__Output {
  'digest': (Buffer);
  'text': (string);
}
