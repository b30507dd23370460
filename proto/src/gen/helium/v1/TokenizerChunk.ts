// Original file: helium/v1/worker.proto


export interface TokenizerChunk {
  'data'?: (Buffer | Uint8Array | string);
  'last'?: (boolean);
}

export interface TokenizerChunk__Output {
  'data': (Buffer);
  'last': (boolean);
}
