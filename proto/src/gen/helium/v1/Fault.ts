// Original file: helium/v1/common.proto


export interface Fault {
  'field'?: (string);
  'message'?: (string);
}

export interface Fault__Output {
  'field': (string);
  'message': (string);
}
