export { type BatchEngineOptions, createBatchEngine } from './batch-engine.ts';
export { type BuiltEngine, buildEngine, type TokenizerMaker } from './build-engine.ts';
export type {
  Engine,
  EngineDescription,
  EngineEvent,
  EngineLoad,
  StepMeasurement,
} from './engine.ts';
export type { EngineConfig, EngineIdentity } from './engine-config.ts';
export { type EngineThreadOptions, type StartedEngine, startEngine } from './engine-thread.ts';
export { hostEngine } from './host-engine.ts';
export type { MemoryShare } from './onnx/kv/kv-budget.ts';
export { startResilientEngine } from './resilient-engine.ts';
export { createSimEngine, type SimEngine, type SimEngineOptions } from './sim/create-sim-engine.ts';
export { createSimVocabulary, type SimVocabulary } from './sim/sim-tokenizer-spec.ts';
