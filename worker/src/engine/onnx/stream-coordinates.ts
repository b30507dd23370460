import type { ModelFile } from '@helium/model';
import type { Precision } from './graph/precision.ts';
import { Rotation } from './graph/rotation/rotation.ts';

/** Between the model's own coordinates of the residual stream and those of the graphs. */
export interface StreamCoordinates {
  /** Embedding rows [count, hidden] become the graphs' input. In place. */
  enter(rows: Float32Array): void;
  /** What the graphs' final norm let out, [count, hidden], becomes the model's. In place. */
  leave(hidden: Float32Array): void;
}

/** Those of `exact` graphs: nothing changes. */
export const MODEL_COORDINATES: StreamCoordinates = {
  enter: () => undefined,
  leave: () => undefined,
};

/** `exact` graphs have the model's coordinates, `fast` ones those of rotatedWeights. */
export function streamCoordinates(model: ModelFile, precision: Precision): StreamCoordinates {
  if (precision === 'exact') return MODEL_COORDINATES;
  const rotation = new Rotation(model.config.hidden);
  const norm = model.readFinalNorm();
  return {
    enter: (rows) => rotation.rotate(rows),
    leave: (hidden) => {
      rotation.restore(hidden);
      for (let i = 0; i < hidden.length; i++) hidden[i]! *= norm[i % norm.length]!;
    },
  };
}
