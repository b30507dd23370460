// Original file: helium/v1/workflow.proto


export interface InputOperator {
  'field'?: (string);
}

export interface InputOperator__Output {
  'field': (string);
}
