// Original file: helium/v1/run.proto

import type { Long } from '@grpc/proto-loader';

export interface RunOptions {
  'policy'?: (string);
  'disabledRules'?: (string)[];
  'bypassPromptCache'?: (boolean);
  'naive'?: (boolean);
  'streamDeltas'?: (boolean);
  'seed'?: (number);
  'deadlineMs'?: (number | string | Long);
  'priority'?: (number);
}

export interface RunOptions__Output {
  'policy': (string);
  'disabledRules': (string)[];
  'bypassPromptCache': (boolean);
  'naive': (boolean);
  'streamDeltas': (boolean);
  'seed': (number);
  'deadlineMs': (string);
  'priority': (number);
}
