import { modelDigest } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { modelName, modelVersion, versionDigest } from './model-version.ts';

describe('modelVersion', () => {
  it.each(['small', 'org/small@v2', ''])('keeps name and digest of "%s"', (name) => {
    const version = modelVersion(name, modelDigest('d1'));
    expect([modelName(version), versionDigest(version)]).toEqual([name, 'd1']);
  });

  it('of a name that nobody ever served is the name, which stands for its digest', () => {
    expect([modelName('small'), versionDigest('small')]).toEqual(['small', 'small']);
  });
});
