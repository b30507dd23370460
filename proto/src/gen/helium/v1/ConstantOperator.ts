// Original file: helium/v1/workflow.proto


export interface ConstantOperator {
  'text'?: (string);
}

export interface ConstantOperator__Output {
  'text': (string);
}
