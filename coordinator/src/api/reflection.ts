import { ReflectionService } from '@grpc/reflection';
import { fileDescriptors } from '@helium/proto';

/** gRPC reflection (v1 and v1alpha) over the proto files as they were written. */
export function createReflection(): ReflectionService {
  const files = { fileDescriptorProtos: fileDescriptors(), format: '', type: {} };
  // The service reads nothing of a package definition but its file descriptors.
  return new ReflectionService({ helium: files } as never);
}
