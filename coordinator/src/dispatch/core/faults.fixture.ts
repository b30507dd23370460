/** How unkind the world is; chances per event or call. */
export interface Faults {
  readonly death: number;
  readonly error: number;
  readonly cancel: number;
  readonly cacheDown: number;
  /** To become 30 times slower for a while. */
  readonly slow?: number;
  /** To be drained, and to come back some time after it is empty or was given up. */
  readonly drain?: number;
}
