// Names of the files in a folder of graphs.
export const WEIGHT_FILE = 'weights.bin';
export const prefillFile = (stage: number) => `prefill-${stage}.onnx`;
export const DECODE_FILE = 'decode.onnx';
export const HEAD_FILE = 'head.onnx';
