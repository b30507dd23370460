// Original file: helium/v1/common.proto

import type { Fault as _helium_v1_Fault, Fault__Output as _helium_v1_Fault__Output } from '../../helium/v1/Fault.ts';

export interface ErrorInfo {
  'code'?: (string);
  'message'?: (string);
  'faults'?: (_helium_v1_Fault)[];
}

export interface ErrorInfo__Output {
  'code': (string);
  'message': (string);
  'faults': (_helium_v1_Fault__Output)[];
}
