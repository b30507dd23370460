// Original file: helium/v1/workflow.proto


export interface LoopOperator {
}

export interface LoopOperator__Output {
}
