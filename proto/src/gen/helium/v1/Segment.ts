// Original file: helium/v1/workflow.proto


export interface Segment {
  'text'?: (string);
  'ref'?: (string);
  'part'?: "text"|"ref";
}

export interface Segment__Output {
  'text'?: (string);
  'ref'?: (string);
  'part'?: "text"|"ref";
}
