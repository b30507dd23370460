export { type FileHash, hashFileAside, readPieces } from './files.ts';
export { findNonFinite } from './float-formats.ts';
export {
  LAYER_TENSORS,
  type LayerTensorName,
  type ModelConfig,
  type ModelFile,
} from './model-file.ts';
export { openModel } from './open-model.ts';
export { type RopeFrequencies, ropeFrequencies } from './rope/rope-frequencies.ts';
export { type RowTable, tableOf } from './row-table.ts';
export {
  createHubClient,
  DEFAULT_MODEL,
  formatProgress,
  type HubClient,
  type HubFile,
  listModels,
  modelNameOf,
  type OnProgress,
  type PullProgress,
  removeModel,
  resolveModel,
  type StoredModel,
} from './store/index.ts';
export { type ModelSummary, showModel } from './store/show-model.ts';
