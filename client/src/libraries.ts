import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

// Libraries of some 70 to 190 modules each, loaded when they are first called for: who only builds workflows needs
// none, and a command that starts a cluster loads them while that starts.

export function grpc(): typeof import('@grpc/grpc-js') {
  return require('@grpc/grpc-js');
}

export function proto(): typeof import('@helium/proto') {
  return require('@helium/proto');
}

/** Loads what a connection needs, 0.15 s of processor time, for who has to wait for a coordinator anyway. */
export function loadConnection(): void {
  grpc();
  proto();
}

export function yaml(): typeof import('yaml') {
  return require('yaml');
}
