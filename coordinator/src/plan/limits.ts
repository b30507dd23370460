/** What a run may ask for at most. Names are those of the messages that refuse more. */
export interface PlanLimits {
  /** Operators of a workflow with everything expanded, what is known at run time to its bound. */
  readonly operatorsMax: number;
  readonly rowsMax: number;
  /** Operators × rows. */
  readonly instancesMax: number;
  /** UTF-16 units of one text: a literal, an item, a field of a row. */
  readonly textCharactersMax: number;
  /** Output tokens of one call; the served model's context may allow less. */
  readonly outputTokensMax: number;
  readonly messagesMax: number;
  readonly mapItemsMax: number;
  readonly loopTurnsMax: number;
  /** Bodies within bodies: of maps, branches and loops. */
  readonly bodyDepthMax: number;
}

/** The limits of a coordinator that is not told others. */
export const DEFAULT_PLAN_LIMITS: PlanLimits = {
  operatorsMax: 10_000,
  rowsMax: 100_000,
  instancesMax: 2_000_000,
  textCharactersMax: 4_194_304,
  outputTokensMax: 131_072,
  messagesMax: 256,
  mapItemsMax: 1000,
  loopTurnsMax: 100,
  bodyDepthMax: 8,
};

/** Limits of single fields, part of the format of a workflow. */
export const FIELD_LIMITS = {
  nameCharactersMax: 128,
  stopsMax: 16,
  stopTokensMax: 16,
  logprobsMax: 20,
  samplesMax: 64,
  stopCharactersMax: 256,
  temperatureMax: 2,
  penaltyMax: 2,
  patternCharactersMax: 1024,
  loopVariablesMax: 16,
} as const;
