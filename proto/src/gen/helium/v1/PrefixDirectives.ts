// Original file: helium/v1/worker.proto

import type { PrefixDirective as _helium_v1_PrefixDirective, PrefixDirective__Output as _helium_v1_PrefixDirective__Output } from '../../helium/v1/PrefixDirective.ts';

export interface PrefixDirectives {
  'directives'?: (_helium_v1_PrefixDirective)[];
}

export interface PrefixDirectives__Output {
  'directives': (_helium_v1_PrefixDirective__Output)[];
}
