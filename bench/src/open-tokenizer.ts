import { formatProgress, openModel, resolveModel } from '@helium/model';
import { homeFolders, type Settings } from '@helium/shared/config';
import { createTokenizer, type Tokenizer } from '@helium/shared/tokenizer';
import { report } from './report.ts';

/** The tokenizer of the settings' model, which is fetched first where it is not there. */
export async function openTokenizer(settings: Settings): Promise<Tokenizer> {
  const { models } = homeFolders(settings);
  const model = openModel(
    await resolveModel(settings.model, models, (progress) => report(formatProgress(progress))),
  );
  try {
    return createTokenizer(model.tokenizer);
  } finally {
    model.close();
  }
}
