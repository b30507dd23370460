export { findNonFinite } from './float-formats.ts';
export { type FileHash, hashFileAside } from './hash-file.ts';
export {
  LAYER_TENSORS,
  type LayerTensorName,
  type ModelConfig,
  type ModelFile,
} from './model-file.ts';
export { openModel } from './open-model.ts';
export { readPieces } from './read-pieces.ts';
export { type RopeFrequencies, ropeFrequencies } from './rope/rope-frequencies.ts';
export { type RowTable, tableOf } from './row-table.ts';
export { DEFAULT_MODEL } from './store/default-model.ts';
export { createHubClient, type HubClient, type HubFile } from './store/hub-client.ts';
export { modelNameOf } from './store/model-name.ts';
export { listModels, removeModel, type StoredModel } from './store/model-store.ts';
export { formatProgress, type OnProgress, type PullProgress } from './store/progress.ts';
export { resolveModel } from './store/resolve-model.ts';
export { type ModelSummary, showModel } from './store/show-model.ts';
