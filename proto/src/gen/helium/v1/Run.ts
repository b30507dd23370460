// Original file: helium/v1/run.proto

import type { RunState as _helium_v1_RunState, RunState__Output as _helium_v1_RunState__Output } from '../../helium/v1/RunState.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';
import type { ErrorInfo as _helium_v1_ErrorInfo, ErrorInfo__Output as _helium_v1_ErrorInfo__Output } from '../../helium/v1/ErrorInfo.ts';
import type { RunSummary as _helium_v1_RunSummary, RunSummary__Output as _helium_v1_RunSummary__Output } from '../../helium/v1/RunSummary.ts';

export interface Run {
  'name'?: (string);
  'workflowName'?: (string);
  'state'?: (_helium_v1_RunState);
  'rowCount'?: (number);
  'createTime'?: (_google_protobuf_Timestamp | null);
  'finishTime'?: (_google_protobuf_Timestamp | null);
  'error'?: (_helium_v1_ErrorInfo | null);
  'summary'?: (_helium_v1_RunSummary | null);
}

export interface Run__Output {
  'name': (string);
  'workflowName': (string);
  'state': (_helium_v1_RunState__Output);
  'rowCount': (number);
  'createTime': (_google_protobuf_Timestamp__Output | null);
  'finishTime': (_google_protobuf_Timestamp__Output | null);
  'error': (_helium_v1_ErrorInfo__Output | null);
  'summary': (_helium_v1_RunSummary__Output | null);
}
