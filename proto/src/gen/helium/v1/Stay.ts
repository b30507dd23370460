// Original file: helium/v1/worker.proto


export interface Stay {
}

export interface Stay__Output {
}
