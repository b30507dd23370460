/**
 * Keeps onnxruntime from counting how it is used: on Linux it writes events and an id of the machine into the
 * user's cache folder, to send them to its maker. Who sets the variable is left alone. To be called on a
 * process's main thread (others have copies of the environment) before any thread opens its first session.
 */
export function quietRuntime(): void {
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
}
