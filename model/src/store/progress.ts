/** What a pull is doing. Bytes are those of the whole model; unknown totals are absent. */
export interface PullProgress {
  readonly model: string;
  readonly stage: 'download' | 'unpack' | 'verify';
  readonly bytes?: number;
  readonly totalBytes?: number;
}

export type OnProgress = (progress: PullProgress) => void;
