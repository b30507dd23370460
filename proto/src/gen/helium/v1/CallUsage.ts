// Original file: helium/v1/worker.proto


export interface CallUsage {
  'promptTokens'?: (number);
  'prefilledTokens'?: (number);
  'reusedTokens'?: (number);
  'outputTokens'?: (number);
  'queueMs'?: (number | string);
  'prefillMs'?: (number | string);
  'decodeMs'?: (number | string);
}

export interface CallUsage__Output {
  'promptTokens': (number);
  'prefilledTokens': (number);
  'reusedTokens': (number);
  'outputTokens': (number);
  'queueMs': (number);
  'prefillMs': (number);
  'decodeMs': (number);
}
