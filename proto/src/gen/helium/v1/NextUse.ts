// Original file: helium/v1/worker.proto

import type { Long } from '@grpc/proto-loader';

export interface NextUse {
  'block'?: (Buffer | Uint8Array | string);
  'order'?: (number | string | Long);
  '_order'?: "order";
}

export interface NextUse__Output {
  'block': (Buffer);
  'order'?: (string);
  '_order'?: "order";
}
