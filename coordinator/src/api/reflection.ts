import { ReflectionService } from '@grpc/reflection';
import { fileDescriptors } from '@helium/proto';
import { service as health } from 'grpc-health-check';

/** What proto-loader adds to a method's type: google.protobuf.FileDescriptorProto, encoded. */
interface WithDescriptors {
  readonly fileDescriptorProtos: Buffer[];
}

/** gRPC reflection (v1 and v1alpha) over the proto files as they were written, and that of the health service. */
export function createReflection(): ReflectionService {
  const healthTypes = Object.values(health).map(({ requestType }) => requestType);
  const files = [
    ...fileDescriptors(),
    ...(healthTypes as unknown as WithDescriptors[]).flatMap((type) => type.fileDescriptorProtos),
  ];
  // The service reads nothing of a package definition but its file descriptors, each name once.
  return new ReflectionService({
    all: { fileDescriptorProtos: files, format: '', type: {} },
  } as never);
}
