import type { TenantId } from '@helium/shared';

/** Whose a call is, for fairness: its tenant, and the level of its run within the tenant. */
export interface Flow {
  readonly tenant: TenantId;
  /** Priority of the run; `PRESSED` for one whose time is short. */
  readonly level: number;
}

/** Runs that have no time left go before all others of their tenant. */
export const PRESSED = Number.MAX_SAFE_INTEGER;

/** Each level of priority has so many times the share of the one below it. */
const SHARE_PER_LEVEL = 4;

/** Who could not use its share for a while has so many quanta of it left, not the whole cluster. */
const LAG_QUANTA_MAX = 64;

interface Account {
  /** Token time received per weight. */
  time: number;
  /** Live runs by level. */
  readonly runs: Map<number, number>;
  /** The same within the tenant, per share of the level. */
  readonly levels: Map<number, number>;
}

/**
 * Weighted fair queueing over tenants, and within a tenant over levels of priority (start-time fair
 * queueing, Goyal et al. 1996; with a quantum for locality as in DLPM, Cao et al. 2025): served is who
 * received least per weight. A tenant stays until it is a quantum ahead, so that its prefixes are used
 * while they are resident. Every level has a share, so none starves.
 */
export class FairShares {
  readonly #weightOf: (tenant: TenantId) => number;
  readonly #accounts = new Map<TenantId, Account>();

  constructor(weightOf: (tenant: TenantId) => number) {
    this.#weightOf = weightOf;
  }

  /** A run is live. Who had none begins where the others are: shares are not saved up. */
  enter({ tenant, level }: Flow): void {
    const account = this.#account(tenant);
    if (account.runs.size === 0) {
      const others = [...this.#accounts.values()].filter(({ runs }) => runs.size > 0);
      account.time = Math.max(account.time, least(others.map(({ time }) => time)));
    }
    if (!account.runs.has(level)) {
      const others = [...account.runs.keys()].map((other) => account.levels.get(other) ?? 0);
      account.levels.set(level, Math.max(account.levels.get(level) ?? 0, least(others)));
    }
    account.runs.set(level, (account.runs.get(level) ?? 0) + 1);
  }

  /** The run ended. */
  leave({ tenant, level }: Flow): void {
    const { runs } = this.#account(tenant);
    const left = (runs.get(level) ?? 0) - 1;
    if (left > 0) runs.set(level, left);
    else runs.delete(level);
  }

  /** `tokens` of token time went to the flow; negative where an estimate was too high. */
  charge({ tenant, level }: Flow, tokens: number): void {
    const account = this.#account(tenant);
    account.time += tokens / this.#weightOf(tenant);
    const share = SHARE_PER_LEVEL ** (level === PRESSED ? 0 : level);
    account.levels.set(level, (account.levels.get(level) ?? 0) + tokens / share);
  }

  /**
   * Which of the flows that wait is served: the tenant `last` unless another is more than `quantum`
   * behind it, then the level that received least. Undefined for none.
   */
  choose<F extends Flow>(
    waiting: readonly F[],
    last: TenantId | undefined,
    quantum: number,
  ): F | undefined {
    const [only] = waiting;
    if (waiting.length < 2 || only === undefined) return only;
    const tenant = this.#chooseTenant(waiting, last, quantum);
    const { levels } = this.#account(tenant);
    const own = waiting.filter((flow) => flow.tenant === tenant);
    return own.reduce((best, next) =>
      rankOf(levels, next.level) < rankOf(levels, best.level) ? next : best,
    );
  }

  /** Token time per weight. */
  received(tenant: TenantId): number {
    return this.#account(tenant).time;
  }

  #chooseTenant(waiting: readonly Flow[], last: TenantId | undefined, quantum: number): TenantId {
    let furthest = Number.NEGATIVE_INFINITY;
    for (const { tenant } of waiting) furthest = Math.max(furthest, this.received(tenant));
    let behind = (waiting[0] as Flow).tenant;
    let lastWaits = false;
    for (const { tenant } of waiting) {
      const account = this.#account(tenant);
      account.time = Math.max(account.time, furthest - LAG_QUANTA_MAX * quantum);
      if (account.time < this.received(behind)) behind = tenant;
      lastWaits ||= tenant === last;
    }
    if (last === undefined || !lastWaits) return behind;
    return this.received(last) - this.received(behind) > quantum ? behind : last;
  }

  #account(tenant: TenantId): Account {
    const known = this.#accounts.get(tenant);
    if (known !== undefined) return known;
    const account: Account = { time: 0, runs: new Map(), levels: new Map() };
    this.#accounts.set(tenant, account);
    return account;
  }
}

function rankOf(levels: ReadonlyMap<number, number>, level: number): number {
  return level === PRESSED ? Number.NEGATIVE_INFINITY : (levels.get(level) ?? 0);
}

function least(values: readonly number[]): number {
  return values.length === 0 ? 0 : Math.min(...values);
}
