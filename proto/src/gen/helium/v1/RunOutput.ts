// Original file: helium/v1/run.proto


export interface RunOutput {
  'row'?: (number);
  'name'?: (string);
  'text'?: (string);
}

export interface RunOutput__Output {
  'row': (number);
  'name': (string);
  'text': (string);
}
