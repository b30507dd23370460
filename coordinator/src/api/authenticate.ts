import {
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
} from '@grpc/grpc-js';
import { type Clock, HeliumError, type TenantId } from '@helium/shared';
import type { Credential, CredentialBook } from '@helium/shared/credentials';
import { AUTHORIZATION_KEY, tokenOfBearer } from '@helium/shared/identity';
import type { AccessMetrics, Logger, RefusalReason } from '@helium/shared/telemetry';
import { isOpen, rolesFor } from './access.ts';
import { toGrpcStatus } from './grpc-status.ts';
import { QuietLog } from './quiet-log.ts';

export interface AuthenticateOptions {
  readonly book: CredentialBook;
  readonly metrics: AccessMetrics;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** The tenants of calls that were let in, by the metadata that their handlers get: nobody else can have that. */
const TENANTS = new WeakMap<Metadata, TenantId>();

/** Of a call that `authenticate` let in. */
export function authenticatedTenant(metadata: Metadata): TenantId | undefined {
  return TENANTS.get(metadata);
}

/**
 * Lets in the calls of those whose token is known and whose roles allow them, before anything of their messages is
 * read; answers the others UNAUTHENTICATED or PERMISSION_DENIED. Ends calls whose credential goes.
 */
export function authenticate(options: AuthenticateOptions): ServerInterceptor {
  const { book, metrics } = options;
  const log = new QuietLog(options.logger, options.clock);
  return ({ path }, call) => {
    if (isOpen(path)) return new ServerInterceptingCall(call);
    let leave = () => {};
    let isOver = false;
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata(metadata, letIn) {
            const found = admit(book, metadata, path);
            if ('refusal' in found) {
              metrics.refused(found.reason);
              log.warn(found.reason, 'a call was refused', {
                reason: found.reason,
                method: path,
                peer: call.getPeer(),
                credential: found.name,
              });
              refuse(call, found.refusal);
              return;
            }
            TENANTS.set(metadata, found.tenant);
            leave = book.enter(found, (how) => {
              isOver = true;
              refuse(call, ended(found, how));
            });
            letIn(metadata);
          },
          onCancel: () => leave(),
        }),
      // Its handler hears that the call is over a turn later than its caller.
      sendMessage(message, send) {
        if (!isOver) send(message);
      },
      sendStatus(status, send) {
        leave();
        send(status);
      },
    });
  };
}

interface Refusal {
  readonly refusal: HeliumError;
  readonly reason: RefusalReason;
  /** Of the entry, where the token has one. */
  readonly name?: string;
}

function admit(book: CredentialBook, metadata: Metadata, path: string): Credential | Refusal {
  const values = metadata.get(AUTHORIZATION_KEY);
  if (values.length === 0) {
    const message =
      'this coordinator takes calls with a token only, "authorization: Bearer TOKEN"; there is none';
    return { reason: 'none', refusal: new HeliumError('UNAUTHENTICATED', message) };
  }
  // Twice the key: which one counts is not ours to guess.
  const token = values.length === 1 ? tokenOfBearer(String(values[0])) : undefined;
  if (token === undefined) {
    const message = 'the call\'s authorization is not one "Bearer TOKEN"';
    return { reason: 'malformed', refusal: new HeliumError('UNAUTHENTICATED', message) };
  }
  const found = book.find(token);
  if (typeof found === 'string') {
    const message = "the call's token is not known to this coordinator, or not any more";
    return { reason: found, refusal: new HeliumError('UNAUTHENTICATED', message) };
  }
  const roles = rolesFor(path);
  if (roles.some((role) => found.roles.has(role))) return found;
  const has = [...found.roles].join(', ');
  const needs = roles.length === 0 ? 'nobody may call' : `needs the role ${roles.join(' or ')}`;
  const message = `${path.slice(1)} ${needs}; the token of "${found.name}" has ${has}`;
  return {
    reason: 'role',
    name: found.name,
    refusal: new HeliumError('PERMISSION_DENIED', message),
  };
}

function ended({ name }: Credential, how: 'revoked' | 'expired'): HeliumError {
  return new HeliumError(
    'UNAUTHENTICATED',
    `the token of "${name}" ${how === 'revoked' ? 'was revoked' : 'has expired'} while the call went on`,
  );
}

function refuse(call: ServerInterceptingCallInterface, error: HeliumError): void {
  call.sendStatus(toGrpcStatus(error));
}
