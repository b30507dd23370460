// Original file: helium/v1/workflow.proto

import type { Predicate as _helium_v1_Predicate, Predicate__Output as _helium_v1_Predicate__Output } from '../../helium/v1/Predicate.ts';
import type { Body as _helium_v1_Body, Body__Output as _helium_v1_Body__Output } from '../../helium/v1/Body.ts';

export interface CondOperator {
  'predicate'?: (_helium_v1_Predicate | null);
  'yes'?: (_helium_v1_Body | null);
  'no'?: (_helium_v1_Body | null);
}

export interface CondOperator__Output {
  'predicate': (_helium_v1_Predicate__Output | null);
  'yes': (_helium_v1_Body__Output | null);
  'no': (_helium_v1_Body__Output | null);
}
