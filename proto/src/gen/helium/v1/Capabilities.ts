// Original file: helium/v1/cluster.proto

import type { Named as _helium_v1_Named, Named__Output as _helium_v1_Named__Output } from '../../helium/v1/Named.ts';

export interface Capabilities {
  'version'?: (string);
  'policies'?: (_helium_v1_Named)[];
  'rules'?: (_helium_v1_Named)[];
  'functions'?: (_helium_v1_Named)[];
  'models'?: (_helium_v1_Named)[];
}

export interface Capabilities__Output {
  'version': (string);
  'policies': (_helium_v1_Named__Output)[];
  'rules': (_helium_v1_Named__Output)[];
  'functions': (_helium_v1_Named__Output)[];
  'models': (_helium_v1_Named__Output)[];
}
