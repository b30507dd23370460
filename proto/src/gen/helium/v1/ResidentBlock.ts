// Original file: helium/v1/worker.proto


export interface ResidentBlock {
  'hash'?: (Buffer | Uint8Array | string);
  'parent'?: (Buffer | Uint8Array | string);
  'pinned'?: (boolean);
}

export interface ResidentBlock__Output {
  'hash': (Buffer);
  'parent': (Buffer);
  'pinned': (boolean);
}
