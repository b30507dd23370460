// Original file: helium/v1/run.proto


export interface OperatorCounts {
  'submitted'?: (number);
  'pruned'?: (number);
  'merged'?: (number);
  'cached'?: (number);
  'executed'?: (number);
}

export interface OperatorCounts__Output {
  'submitted': (number);
  'pruned': (number);
  'merged': (number);
  'cached': (number);
  'executed': (number);
}
