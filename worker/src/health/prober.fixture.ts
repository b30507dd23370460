import { credentials, loadPackageDefinition, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoPath } from 'grpc-health-check';
import { onTestFinished } from 'vitest';

interface HealthClient {
  check(
    request: { service: string },
    callback: (error: ServiceError | null, answer?: { status: string }) => void,
  ): void;
  close(): void;
}

/** Asks for a service's status as a kubelet does, over a socket, until the test ends. */
export function proberOf(address: string) {
  const { grpc } = loadPackageDefinition(loadSync(protoPath, { enums: String })) as never as {
    grpc: { health: { v1: { Health: new (...args: unknown[]) => HealthClient } } };
  };
  const client = new grpc.health.v1.Health(address, credentials.createInsecure());
  onTestFinished(() => client.close());
  return (service: string) =>
    new Promise<string | undefined>((resolve, reject) => {
      client.check({ service }, (error, answer) =>
        error === null ? resolve(answer?.status) : reject(error),
      );
    });
}
