/**
 * What a worker's KV cache holds, as a log. A block is a run of `blockTokens` tokens on an absolute
 * grid; its SequenceBlockHash covers the salt, the block and everything before it, so equal hashes
 * mean equal prefixes. The three event kinds are the only ways residency changes (Dynamo's kv-router).
 */
export type SequenceBlockHash = string & { readonly __brand: 'SequenceBlockHash' };

export type ResidencyEvent =
  | {
      readonly kind: 'stored';
      /** The block before the first of `blocks`; undefined for the root. */
      readonly parent?: SequenceBlockHash;
      /** In order from the parent outwards. */
      readonly blocks: readonly SequenceBlockHash[];
    }
  | { readonly kind: 'removed'; readonly blocks: readonly SequenceBlockHash[] }
  | { readonly kind: 'cleared' };

/** Events carry consecutive numbers from 1 within an epoch; a gap asks for a snapshot. */
export interface NumberedResidencyEvent {
  readonly sequence: number;
  readonly event: ResidencyEvent;
}

/** The whole truth at one point of the log: every resident block with its parent, parents first. */
export interface ResidencySnapshot {
  /** The last event included. */
  readonly sequence: number;
  readonly blocks: readonly {
    readonly hash: SequenceBlockHash;
    readonly parent?: SequenceBlockHash;
    readonly pinned: boolean;
  }[];
}

/** What the coordinator tells a worker about prefixes it will need. Tokens are whole prompts' starts. */
export type PrefixDirective =
  | {
      readonly kind: 'prefetch';
      readonly cacheSalt: string;
      readonly tokens: Int32Array;
      readonly pin: boolean;
      /** `order` of the first call that will use it. */
      readonly nextUse: number;
    }
  | { readonly kind: 'pin' | 'release'; readonly cacheSalt: string; readonly tokens: Int32Array }
  /** The next use of a prefix; Infinity when the schedule has none left. */
  | {
      readonly kind: 'nextUse';
      readonly block: SequenceBlockHash;
      readonly nextUse: number;
    };
