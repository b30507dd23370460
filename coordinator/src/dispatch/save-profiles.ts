import type { Logger } from '@helium/shared/telemetry';
import type { OutputProfiles, ProfileStore } from './output-profiles.ts';

/**
 * Saves what changed, each time it is called. Profiles are a help, not a promise: a full disk costs the next plan
 * some guesses, which the log says when it begins and when it is over.
 */
export function profileSaver(
  store: Pick<ProfileStore, 'save'>,
  profiles: Pick<OutputProfiles, 'takeChanged'>,
  logger: Logger,
): () => void {
  let isFailing = false;
  return () => {
    try {
      store.save(profiles.takeChanged());
      if (isFailing) logger.info('output profiles are saved again');
      isFailing = false;
    } catch (error) {
      if (!isFailing) logger.warn('output profiles were not saved', { error });
      isFailing = true;
    }
  };
}
