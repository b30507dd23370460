// Original file: helium/v1/run.proto


export interface LoopEnded {
  'turns'?: (number);
  'holds'?: (boolean);
}

export interface LoopEnded__Output {
  'turns': (number);
  'holds': (boolean);
}
