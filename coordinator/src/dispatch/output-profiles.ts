import { type Canonical, canonicalHash } from '@helium/shared';
import { encodeSampling, type LlmOperator } from '../plan/index.ts';

/** Mean output tokens of one operator, newer calls counting more. */
export interface OutputProfile {
  readonly key: string;
  readonly meanTokens: number;
  readonly calls: number;
}

/** Keeps profiles between lives of a coordinator. */
export interface ProfileStore {
  load(): readonly OutputProfile[];
  save(profiles: readonly OutputProfile[]): void;
  close(): void;
}

/** Profiles kept at most; those not seen for longest go first. */
const PROFILES_MAX = 10_000;
/** Weight of a new call once there are many. */
const NEW_WEIGHT = 0.1;
/** A call says about half of what it may say, until there is a profile. */
const UNKNOWN_SHARE = 0.5;

/** How long operators' outputs are, learned from finished calls and used for the next schedules. */
export class OutputProfiles {
  readonly #profiles = new Map<string, OutputProfile>();
  readonly #changed = new Set<string>();

  constructor(known: readonly OutputProfile[] = []) {
    for (const profile of known) this.#profiles.set(profile.key, profile);
  }

  observe(workflow: string, operator: LlmOperator, outputTokens: number): void {
    const key = profileKey(workflow, operator);
    const known = this.#profiles.get(key);
    const calls = (known?.calls ?? 0) + 1;
    const weight = Math.max(NEW_WEIGHT, 1 / calls);
    const before = known?.meanTokens ?? 0;
    this.#profiles.delete(key);
    this.#profiles.set(key, { key, calls, meanTokens: before + weight * (outputTokens - before) });
    this.#changed.add(key);
    if (this.#profiles.size <= PROFILES_MAX) return;
    const oldest = this.#profiles.keys().next().value as string;
    this.#profiles.delete(oldest);
    this.#changed.delete(oldest);
  }

  /** Tokens to expect: the profile's mean, the author's guess, or a share of the limit; ≥ 1. */
  expectedTokens(workflow: string, operator: LlmOperator): number {
    const known = this.#profiles.get(profileKey(workflow, operator))?.meanTokens;
    const guess = known ?? operator.expectedTokens ?? operator.maxTokens * UNKNOWN_SHARE;
    return Math.min(operator.maxTokens, Math.max(1, Math.round(guess)));
  }

  /** Profiles changed since the last time. */
  takeChanged(): OutputProfile[] {
    const changed = [...this.#changed].flatMap((key) => this.#profiles.get(key) ?? []);
    this.#changed.clear();
    return changed;
  }
}

/** An operator of a workflow as written: another prompt is another profile. */
function profileKey(workflow: string, operator: LlmOperator): string {
  const messages = operator.messages.map(
    ({ role, content }): Canonical => [
      role,
      content.map((part): Canonical => (part.kind === 'text' ? part.text : ['ref', part.operator])),
    ],
  );
  const { id, model, maxTokens, sampling, stop } = operator;
  return canonicalHash('helium.profile.v1', [
    workflow,
    id,
    model,
    messages,
    maxTokens,
    encodeSampling(sampling),
    stop,
  ]);
}
