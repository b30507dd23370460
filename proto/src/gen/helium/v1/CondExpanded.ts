// Original file: helium/v1/run.proto


export interface CondExpanded {
  'holds'?: (boolean);
}

export interface CondExpanded__Output {
  'holds': (boolean);
}
