import { startEngine } from './engine-thread.ts';

// Starts an engine of a model and ends. Arguments: model, folder of graphs.
const [, , modelPath = '', graphFolder = ''] = process.argv;
const { engine } = await startEngine({
  engine: 'onnx',
  modelPath,
  modelName: '',
  graphFolder,
  threads: 2,
  precision: 'fast',
  maxBatch: 2,
  kvMib: 4,
  contextTokens: 512,
  simSpeed: 0,
});
await engine.close();
