// Original file: helium/v1/workflow.proto


export interface WaitOperator {
}

export interface WaitOperator__Output {
}
