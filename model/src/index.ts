export {
  LAYER_TENSORS,
  type LayerTensorName,
  type ModelConfig,
  type ModelFile,
} from './model-file.ts';
export { openModel } from './open-model.ts';
