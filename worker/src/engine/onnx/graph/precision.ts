/**
 * How linear layers are computed. `fast`: int8 weights per output channel times int8 activations per
 * row, summed as integers, so that no batch can change a bit. `exact`: float32 throughout.
 */
export type Precision = 'fast' | 'exact';

/** Raised whenever the graphs or the weight file change their meaning: older caches are rebuilt. */
export const GRAPH_VERSION = 6;

/** Tokens the head proposes for each row, best first; the choice among them is made outside. */
export const CANDIDATES = 64;
