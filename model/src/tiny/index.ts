export { createTinyModel, type TinyModelOptions, type TinyStorage } from './tiny-gguf.ts';
export { createTinyFolder, type TinyFolderOptions } from './tiny-huggingface.ts';
export { ggufOptions, TINY_LAYOUTS, TINY_STORED, type TinyLayout } from './tiny-layouts.ts';
