// Original file: helium/v1/run.proto

import type { Run as _helium_v1_Run, Run__Output as _helium_v1_Run__Output } from '../../helium/v1/Run.ts';

export interface ListRunsResponse {
  'runs'?: (_helium_v1_Run)[];
  'nextPageToken'?: (string);
}

export interface ListRunsResponse__Output {
  'runs': (_helium_v1_Run__Output)[];
  'nextPageToken': (string);
}
