// The store's door: names and paths of models. Who only wants these does not load what reads model files.
export { DEFAULT_MODEL } from './default-model.ts';
export { createHubClient, type HubClient, type HubFile } from './hub-client.ts';
export { modelNameOf } from './model-name.ts';
export { listModels, removeModel, type StoredModel } from './model-store.ts';
export { formatProgress, type OnProgress, type PullProgress } from './progress.ts';
export { resolveModel } from './resolve-model.ts';
