// Original file: helium/v1/workflow.proto


export interface CondOperator {
}

export interface CondOperator__Output {
}
