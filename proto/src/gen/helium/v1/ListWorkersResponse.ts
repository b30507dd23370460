// Original file: helium/v1/cluster.proto

import type { Worker as _helium_v1_Worker, Worker__Output as _helium_v1_Worker__Output } from '../../helium/v1/Worker.ts';

export interface ListWorkersResponse {
  'workers'?: (_helium_v1_Worker)[];
}

export interface ListWorkersResponse__Output {
  'workers': (_helium_v1_Worker__Output)[];
}
