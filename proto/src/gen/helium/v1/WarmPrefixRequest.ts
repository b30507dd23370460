// Original file: helium/v1/cluster.proto


export interface WarmPrefixRequest {
  'model'?: (string);
  'system'?: (string);
  'pin'?: (boolean);
}

export interface WarmPrefixRequest__Output {
  'model': (string);
  'system': (string);
  'pin': (boolean);
}
