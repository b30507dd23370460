// Original file: helium/v1/worker.proto


export interface BlocksStored {
  'parent'?: (Buffer | Uint8Array | string);
  'blocks'?: (Buffer | Uint8Array | string)[];
}

export interface BlocksStored__Output {
  'parent': (Buffer);
  'blocks': (Buffer)[];
}
