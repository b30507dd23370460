// Original file: helium/v1/worker.proto


export interface CallDelta {
  'callId'?: (string);
  'offset'?: (number);
  'text'?: (string);
  'tokens'?: (number);
}

export interface CallDelta__Output {
  'callId': (string);
  'offset': (number);
  'text': (string);
  'tokens': (number);
}
