import { HeliumError } from '@helium/shared';
import { type InferenceSession, listSupportedBackends, Tensor } from 'onnxruntime-node';
import { createSession } from './create-session.ts';
import { OnnxGraph } from './graph/onnx-graph.ts';

/** What graphs may run on, with onnxruntime's name for it. */
const PROVIDERS = {
  cpu: 'cpu',
  cuda: 'cuda',
  webgpu: 'webgpu',
  coreml: 'coreml',
  directml: 'dml',
} as const;

export type Device = keyof typeof PROVIDERS;

/** Session options that put a graph on the device; nodes it has no kernel for run on the CPU. */
export function deviceOptions(device: Device): InferenceSession.SessionOptions {
  return device === 'cpu' ? {} : { executionProviders: [PROVIDERS[device], 'cpu'] };
}

/** Devices that this build of onnxruntime has code for; drivers may still be absent. */
export function offeredDevices(): readonly Device[] {
  const backends = new Set<string>(listSupportedBackends().map(({ name }) => name));
  return (Object.keys(PROVIDERS) as Device[]).filter((device) => backends.has(PROVIDERS[device]));
}

/**
 * Computes one sum on the device. Throws CONFIG_INVALID naming device, platform, reason and what there is,
 * where onnxruntime does not offer it or cannot use it. The CPU is not tried. Costs what opening the device
 * costs, up to a second.
 */
export async function requireDevice(device: Device): Promise<void> {
  if (device === 'cpu') return;
  const offered = offeredDevices();
  if (!offered.includes(device)) throw unusable(device, 'onnxruntime does not offer it here');
  try {
    await computeSum(device);
  } catch (cause) {
    throw unusable(device, firstLine(cause), cause);
  }
}

async function computeSum(device: Device): Promise<void> {
  const graph = new OnnxGraph('');
  graph.input('addend', 'float32');
  graph.node('Add', ['addend', graph.scalar(1)], ['sum']);
  graph.output('sum', 'float32');
  const session = await createSession(graph.serialize(), {
    executionProviders: [PROVIDERS[device]],
    logSeverityLevel: 4,
  });
  try {
    const { sum } = await session.run({ addend: new Tensor('float32', Float32Array.of(1), [1]) });
    if (sum?.data[0] !== 2) throw new Error(`1 + 1 gave ${sum?.data[0]}`);
  } finally {
    await session.release();
  }
}

function unusable(device: Device, reason: string, cause?: unknown): HeliumError {
  const message = `device ${device} cannot be used on ${process.platform} ${process.arch}: ${reason}`;
  const others = offeredDevices().filter((other) => other !== device);
  return new HeliumError(
    'CONFIG_INVALID',
    `${message}; onnxruntime offers ${others.join(', ')} here`,
    { cause, details: { device, platform: process.platform, arch: process.arch } },
  );
}

/** onnxruntime's messages start with the place in its source, and go on for lines. */
function firstLine(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.split('\n', 1)[0]!.slice(0, 400);
}
