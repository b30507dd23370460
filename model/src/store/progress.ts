/** What a pull is doing. Bytes are those of the whole model; unknown totals are absent. */
export interface PullProgress {
  readonly model: string;
  readonly stage: 'download' | 'unpack' | 'verify';
  readonly bytes?: number;
  readonly totalBytes?: number;
}

export type OnProgress = (progress: PullProgress) => void;

/** One line for a person, e.g. `smollm2-135m-instruct: download 12 of 98 MB`. */
export function formatProgress({ model, stage, bytes, totalBytes }: PullProgress): string {
  const megabytes = (count: number) => Math.round(count / 1e6);
  if (bytes === undefined || totalBytes === undefined) return `${model}: ${stage}`;
  return `${model}: ${stage} ${megabytes(bytes)} of ${megabytes(totalBytes)} MB`;
}
