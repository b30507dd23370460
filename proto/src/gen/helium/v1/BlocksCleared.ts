// Original file: helium/v1/worker.proto


export interface BlocksCleared {
}

export interface BlocksCleared__Output {
}
