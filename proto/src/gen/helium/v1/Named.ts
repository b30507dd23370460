// Original file: helium/v1/cluster.proto


export interface Named {
  'name'?: (string);
  'description'?: (string);
}

export interface Named__Output {
  'name': (string);
  'description': (string);
}
