// Original file: helium/v1/cluster.proto


export interface ResidencyNode {
  'hash'?: (Buffer | Uint8Array | string);
  'parent'?: (Buffer | Uint8Array | string);
}

export interface ResidencyNode__Output {
  'hash': (Buffer);
  'parent': (Buffer);
}
