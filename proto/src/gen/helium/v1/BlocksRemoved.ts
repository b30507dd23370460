// Original file: helium/v1/worker.proto


export interface BlocksRemoved {
  'blocks'?: (Buffer | Uint8Array | string)[];
}

export interface BlocksRemoved__Output {
  'blocks': (Buffer)[];
}
