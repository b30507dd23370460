// Original file: helium/v1/workflow.proto


export interface OutputOperator {
  'name'?: (string);
  'value'?: (string);
}

export interface OutputOperator__Output {
  'name': (string);
  'value': (string);
}
