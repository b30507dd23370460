export { type Device, offeredDevices, requireDevice } from './device.ts';
export { CANDIDATES, type Precision } from './graph/precision.ts';
export { type ModelGraphs, openModelGraphs } from './model-graphs.ts';
export { CHUNK_TOKENS, createOnnxExecutor } from './onnx-executor.ts';
export type { OnnxOptions } from './onnx-options.ts';
export { findDifferences, randomSchedule, SchedulePlayer } from './random-schedule.ts';
export { TokenLikelihood } from './sampling/token-likelihood.ts';
export { type ScoredPosition, scorePrompt } from './score-prompt.ts';
export { scoreText, type TextScore } from './score-text.ts';
