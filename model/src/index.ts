export {
  LAYER_TENSORS,
  type LayerTensorName,
  type ModelConfig,
  type ModelFile,
} from './model-file.ts';
