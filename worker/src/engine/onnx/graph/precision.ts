/**
 * How linear layers are computed. `fast`: int8 weights per output channel times int8 activations per
 * row, summed as integers, so that no batch can change a bit. `exact`: float32 throughout.
 */
export type Precision = 'fast' | 'exact';

/** What the graphs of one model differ in. */
export interface GraphForm {
  readonly precision: Precision;
  /**
   * Int8 weights are kept as uint8, 128 standing for 0: slower kernels take them, which are exact where
   * `Arithmetic.int8Saturates`. The results are the same bits. onnxruntime can convert int8 weights itself (its
   * x64quantprecision), but then has them in memory twice.
   */
  readonly offsetWeights: boolean;
  /**
   * Whether queries meet keys several at a time, see `stacksQueries`: what is best on Intel's processors with matrix
   * kernels of 512 bits, while elsewhere the kernel for one row costs a third to a half less where rows share nothing.
   */
  readonly stackedQueries: boolean;
}

/** Raised whenever the graphs or the weight file change their meaning: older caches are rebuilt. */
export const GRAPH_VERSION = 10;

/** Tokens the head proposes for each row, best first; the choice among them is made outside. */
export const CANDIDATES = 64;
