// Original file: helium/v1/common.proto

import type { TokenChance as _helium_v1_TokenChance, TokenChance__Output as _helium_v1_TokenChance__Output } from '../../helium/v1/TokenChance.ts';

export interface TokenLogprob {
  'chosen'?: (_helium_v1_TokenChance | null);
  'top'?: (_helium_v1_TokenChance)[];
}

export interface TokenLogprob__Output {
  'chosen': (_helium_v1_TokenChance__Output | null);
  'top': (_helium_v1_TokenChance__Output)[];
}
