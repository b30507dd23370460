// Original file: helium/v1/run.proto


export interface MapExpanded {
  'items'?: (number);
  'dropped'?: (number);
}

export interface MapExpanded__Output {
  'items': (number);
  'dropped': (number);
}
