// Original file: helium/v1/workflow.proto


export interface Row {
  'fields'?: ({[key: string]: string});
}

export interface Row__Output {
  'fields': ({[key: string]: string});
}
