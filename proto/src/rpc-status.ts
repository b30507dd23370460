import { codecOf, type MessageCodec } from './codec.ts';

/** Metadata key under which gRPC carries a google.rpc.Status; its value is `encodeRpcStatus`'s. */
export const STATUS_DETAILS_KEY = 'grpc-status-details-bin';

/** A google.rpc.Status with the details Helium sends, flat. */
export interface RpcStatus {
  /** google.rpc.Code. */
  readonly code: number;
  readonly message: string;
  /** Of ErrorInfo; '' when the status has none. */
  readonly reason: string;
  readonly domain: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Of BadRequest. */
  readonly violations: readonly { readonly field: string; readonly message: string }[];
  /** Of RetryInfo; undefined when the status has none. */
  readonly retryDelayMs?: number;
}

const OPTIONS = {
  longs: Number,
  bytes: Buffer,
  defaults: true,
  arrays: true,
  objects: true,
} as const;

const PREFIX = 'type.googleapis.com/google.rpc.';

interface StatusMessage {
  code: number;
  message: string;
  details: { type_url: string; value: Buffer }[];
}
interface ErrorInfoMessage {
  reason: string;
  domain: string;
  metadata: Record<string, string>;
}
interface BadRequestMessage {
  fieldViolations: { field: string; description: string }[];
}
interface RetryInfoMessage {
  retryDelay: { seconds: number; nanos: number } | null;
}

/** Bytes of a google.rpc.Status: ErrorInfo always, BadRequest and RetryInfo where there is something to say. */
export function encodeRpcStatus(status: RpcStatus): Buffer {
  const { code, message, reason, domain, metadata, violations, retryDelayMs } = status;
  const details = [detail<ErrorInfoMessage>('ErrorInfo', { reason, domain, metadata })];
  if (violations.length > 0) {
    const fieldViolations = violations.map((v) => ({ field: v.field, description: v.message }));
    details.push(detail<BadRequestMessage>('BadRequest', { fieldViolations }));
  }
  if (retryDelayMs !== undefined) {
    const seconds = Math.floor(retryDelayMs / 1000);
    const nanos = Math.round((retryDelayMs - seconds * 1000) * 1e6);
    details.push(detail<RetryInfoMessage>('RetryInfo', { retryDelay: { seconds, nanos } }));
  }
  return codec<StatusMessage>('Status').serialize({ code, message, details });
}

/** Details of other types are left out. Throws what protobuf throws on bytes that are no Status. */
export function decodeRpcStatus(bytes: Buffer): RpcStatus {
  const { code, message, details } = codec<StatusMessage>('Status').deserialize(bytes);
  const find = <T extends object>(name: string): T | undefined => {
    const found = details.find((d) => d.type_url === PREFIX + name);
    return found === undefined ? undefined : codec<T>(name).deserialize(found.value);
  };
  const info = find<ErrorInfoMessage>('ErrorInfo');
  const violations = find<BadRequestMessage>('BadRequest')?.fieldViolations ?? [];
  const delay = find<RetryInfoMessage>('RetryInfo')?.retryDelay;
  return {
    code,
    message,
    reason: info?.reason ?? '',
    domain: info?.domain ?? '',
    metadata: info?.metadata ?? {},
    violations: violations.map((v) => ({ field: v.field, message: v.description })),
    ...(delay ? { retryDelayMs: delay.seconds * 1000 + delay.nanos / 1e6 } : {}),
  };
}

function detail<T extends object>(name: string, value: T): { type_url: string; value: Buffer } {
  return { type_url: PREFIX + name, value: codec<T>(name).serialize(value) };
}

function codec<T extends object>(name: string): MessageCodec<T, T> {
  return codecOf(`google.rpc.${name}`, OPTIONS);
}
