import { type Canonical, canonicalHash, type TenantId } from '@helium/shared';
import {
  authoredId,
  type ExpectedShapes,
  encodeDecoding,
  type LlmOperator,
  modelName,
  type RuntimeOperator,
} from '../plan/index.ts';
import {
  EMPTY_PROFILE,
  estimateLength,
  type LengthProfile,
  observeLength,
} from '../scheduler/index.ts';

/** What is known of one operator's output lengths. */
export interface OutputProfile extends LengthProfile {
  readonly key: string;
}

/** Of an output to come. */
export interface ExpectedLength {
  readonly outputTokens: number;
  /** Standard deviation, tokens. */
  readonly outputSpread: number;
}

/** Keeps profiles between lives of a coordinator. */
export interface ProfileStore {
  load(): readonly OutputProfile[];
  save(profiles: readonly OutputProfile[]): void;
  close(): void;
}

/** Whose profiles a workflow's are: what tenants learn of their own says nothing to others. */
export function profileScope(tenant: TenantId, workflow: string): string {
  return `${tenant}\0${workflow}`;
}

/** Profiles kept at most; those not seen for longest go first. */
const PROFILES_MAX = 10_000;

/**
 * How long operators' outputs are, and how long lists and loops: learned from runs, used for the next
 * schedules.
 */
export class OutputProfiles {
  readonly #profiles = new Map<string, OutputProfile>();
  readonly #changed = new Set<string>();
  readonly #keys = new WeakMap<LlmOperator, Map<string, string>>();

  constructor(known: readonly OutputProfile[] = []) {
    for (const profile of known) this.#profiles.set(profile.key, profile);
  }

  observe(workflow: string, operator: LlmOperator, outputTokens: number): void {
    this.#observe(this.#keyOf(workflow, operator), outputTokens);
  }

  #observe(key: string, value: number): void {
    const known = this.#profiles.get(key) ?? EMPTY_PROFILE;
    this.#profiles.delete(key);
    this.#profiles.set(key, { key, ...observeLength(known, value) });
    this.#changed.add(key);
    if (this.#profiles.size <= PROFILES_MAX) return;
    const oldest = this.#profiles.keys().next().value as string;
    this.#profiles.delete(oldest);
    this.#changed.delete(oldest);
  }

  /** Tokens to expect, and how they spread: the author's guess, ever less of it as calls finish; ≥ 1. */
  expected(workflow: string, operator: LlmOperator): ExpectedLength {
    const profile = this.#profiles.get(this.#keyOf(workflow, operator)) ?? EMPTY_PROFILE;
    const { mean, spread } = estimateLength(profile, operator);
    return { outputTokens: Math.round(mean), outputSpread: spread };
  }

  /** Hashed once per operator: many calls share one. */
  #keyOf(workflow: string, operator: LlmOperator): string {
    const keys = this.#keys.get(operator) ?? new Map<string, string>();
    this.#keys.set(operator, keys);
    const known = keys.get(workflow) ?? profileKey(workflow, operator);
    keys.set(workflow, known);
    return known;
  }

  /** A list had so many items, a loop took so many turns; a cond that held is 1, one that did not 0. */
  observeShape(workflow: string, operator: RuntimeOperator, value: number): void {
    this.#observe(shapeKey(workflow, operator), value);
  }

  /** What is expected of such values: half of the declared bounds, until some are known. */
  shapesOf(workflow: string): ExpectedShapes {
    const profileOf = (operator: RuntimeOperator) =>
      this.#profiles.get(shapeKey(workflow, operator)) ?? EMPTY_PROFILE;
    const expected = (operator: RuntimeOperator) =>
      Math.round(estimateLength(profileOf(operator), { maxTokens: boundOf(operator) }).mean);
    return {
      items: expected,
      turns: (operator) => Math.max(0, expected(operator) - (operator.begun?.turns ?? 0)),
      branch(operator) {
        const { count, mean } = profileOf(operator);
        return count === 0 || mean >= 0.5 ? 'yes' : 'no';
      },
    };
  }

  /** Profiles changed since the last time. */
  takeChanged(): OutputProfile[] {
    const changed = [...this.#changed].flatMap((key) => this.#profiles.get(key) ?? []);
    this.#changed.clear();
    return changed;
  }
}

/** An operator as its author named and bounded it. */
function shapeKey(workflow: string, operator: RuntimeOperator): string {
  const { id, kind } = operator;
  return canonicalHash('helium.shape.v1', [workflow, authoredId(id), kind, boundOf(operator)]);
}

function boundOf(operator: RuntimeOperator): number {
  if (operator.kind === 'cond') return 1;
  return operator.kind === 'each' ? operator.list.itemsMax : operator.turnsMax;
}

/** An operator of a workflow as written: another prompt is another profile. */
function profileKey(workflow: string, operator: LlmOperator): string {
  const messages = operator.messages.map(
    ({ role, content }): Canonical => [
      role,
      content.map((part): Canonical => (part.kind === 'text' ? part.text : ['ref', part.operator])),
    ],
  );
  const { id, model } = operator;
  return canonicalHash('helium.profile.v1', [
    workflow,
    id,
    modelName(model),
    messages,
    ...encodeDecoding(operator),
  ]);
}
