import { HeliumError } from '@helium/shared';
import {
  createToken,
  hashToken,
  IDENTITY_NAME_RULE,
  isIdentityName,
  ROLES,
} from '@helium/shared/identity';
import type { Command } from 'commander';

interface TokenFlags {
  readonly role: readonly string[];
  readonly tenant?: string;
  readonly name?: string;
  readonly expires?: string;
  readonly json?: boolean;
}

/** `helium token new`: a secret for a caller, and what the coordinator keeps in its place. */
export function addTokenCommand(program: Command): void {
  const token = program.command('token').description('tokens by which callers are known');
  token
    .command('new')
    .description(
      'make a token, and the entry for the credentials of the coordinator; neither is kept',
    )
    .requiredOption('--role <role...>', `what it may do: ${ROLES.join(', ')}; several for several`)
    .option('--tenant <name>', 'whose runs and caches it sees; a client needs one')
    .option('--name <name>', 'for logs, one entry only; default: of tenant or role, and random')
    .option('--expires <date>', 'not taken from then on: 2027-01-31 or 2027-01-31T12:00:00Z')
    .option('--json', 'print one JSON object')
    .action((flags: TokenFlags) => {
      const made = makeToken(flags, new Date());
      process.stdout.write(flags.json === true ? `${JSON.stringify(made)}\n` : forPeople(made));
    });
}

/** What is shown, and what is kept. */
export interface MadeToken {
  readonly token: string;
  readonly entry: {
    readonly name: string;
    readonly roles: readonly string[];
    readonly tenant?: string;
    readonly sha256: string;
    readonly expires?: string;
  };
}

/** Throws OPTIONS_INVALID for what the coordinator would refuse as an entry. */
export function makeToken(flags: TokenFlags, now: Date): MadeToken {
  const { role, tenant, expires } = flags;
  const roles = [...new Set(role)];
  for (const each of roles) {
    if (!ROLES.some((known) => known === each))
      throw new HeliumError('OPTIONS_INVALID', `--role: "${each}" is none of ${ROLES.join(', ')}`);
  }
  if (roles.includes('client') && tenant === undefined)
    throw new HeliumError('OPTIONS_INVALID', '--tenant: is missing: a client is one of a tenant');
  if (expires !== undefined && !(Date.parse(expires) > now.getTime()))
    throw new HeliumError('OPTIONS_INVALID', `--expires: "${expires}" is no time to come`);
  const token = createToken();
  const sha256 = hashToken(token);
  const name = flags.name ?? `${tenant ?? roles.join('-')}-${sha256.slice(0, 6)}`;
  for (const [flag, text] of Object.entries({ tenant, name })) {
    if (text !== undefined && !isIdentityName(text))
      throw new HeliumError('OPTIONS_INVALID', `--${flag}: "${text}" is not ${IDENTITY_NAME_RULE}`);
  }
  return {
    token,
    entry: {
      name,
      roles,
      ...(tenant === undefined ? {} : { tenant }),
      sha256,
      ...(expires === undefined ? {} : { expires }),
    },
  };
}

function forPeople({ token, entry }: MadeToken): string {
  return [
    'The token, shown this once; its holder sets it as HELIUM_TOKEN or keeps it in a file for token-file:',
    '',
    `  ${token}`,
    '',
    'The entry for a file of --credentials, below "credentials:" (it does not give the token away):',
    '',
    `  - ${JSON.stringify(entry)}`,
    '',
  ].join('\n');
}
