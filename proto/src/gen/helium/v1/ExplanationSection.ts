// Original file: helium/v1/run.proto


export interface ExplanationSection {
  'title'?: (string);
  'text'?: (string);
}

export interface ExplanationSection__Output {
  'title': (string);
  'text': (string);
}
