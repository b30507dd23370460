// Original file: helium/v1/run.proto

import type { ExplanationSection as _helium_v1_ExplanationSection, ExplanationSection__Output as _helium_v1_ExplanationSection__Output } from '../../helium/v1/ExplanationSection.ts';
import type { RunSummary as _helium_v1_RunSummary, RunSummary__Output as _helium_v1_RunSummary__Output } from '../../helium/v1/RunSummary.ts';

export interface Explanation {
  'sections'?: (_helium_v1_ExplanationSection)[];
  'summary'?: (_helium_v1_RunSummary | null);
}

export interface Explanation__Output {
  'sections': (_helium_v1_ExplanationSection__Output)[];
  'summary': (_helium_v1_RunSummary__Output | null);
}
