import { ProtobufWriter } from './protobuf-writer.ts';
import {
  bytesOf,
  ELEMENT_TYPE,
  type ElementType,
  elementTypeOf,
  type StoredTensor,
  type TensorData,
} from './tensor-data.ts';

/** The name of a tensor inside a graph. */
export type Value = string;

/** Integers, lists of integers, or `{ float }` where ONNX wants a float attribute. */
export type Attributes = Readonly<Record<string, number | readonly number[] | { float: number }>>;

const OPSET = 21;
const IR_VERSION = 10;

/** Operators of onnxruntime's own domain. */
const CONTRIB_DOMAIN = 'com.microsoft';
const CONTRIB_OPS = new Set([
  'FusedMatMul',
  'MatMulIntegerToFloat',
  'QuickGelu',
  'RotaryEmbedding',
  'SkipSimplifiedLayerNormalization',
]);

/**
 * Collects nodes, constants, inputs and outputs, and serializes them as an ONNX ModelProto. Field
 * numbers are those of onnx.proto (ONNX 1.17, IR version 10).
 */
export class OnnxGraph {
  /** Of the graph, or of the branch that is being built. */
  private nodes: ProtobufWriter[] = [];
  private readonly initializers = new Map<string, ProtobufWriter>();
  private readonly inputs: ProtobufWriter[] = [];
  private readonly outputs: ProtobufWriter[] = [];
  private readonly weightFile: string;

  /** `weightFile`: name of the file, beside the model, that stored tensors lie in. */
  constructor(weightFile: string) {
    this.weightFile = weightFile;
  }

  /** Adds a node with one output. */
  op(type: string, inputs: readonly Value[], attributes: Attributes = {}): Value {
    const output = this.freshName(type);
    this.node(type, inputs, [output], attributes);
    return output;
  }

  /** Adds a node with `count` outputs. */
  ops(
    type: string,
    inputs: readonly Value[],
    count: number,
    attributes: Attributes = {},
  ): readonly Value[] {
    const base = this.freshName(type);
    const outputs = Array.from({ length: count }, (_, i) => `${base}_${i}`);
    this.node(type, inputs, outputs, attributes);
    return outputs;
  }

  /** Adds a node whose outputs have given names; an empty name leaves an optional output away. */
  node(
    type: string,
    inputs: readonly Value[],
    outputs: readonly Value[],
    attributes: Attributes = {},
  ): void {
    const node = new ProtobufWriter();
    for (const input of inputs) node.text(1, input);
    for (const output of outputs) node.text(2, output);
    node.text(3, this.freshName(type)).text(4, type);
    for (const [name, value] of Object.entries(attributes)) {
      node.message(5, attributeProto(name, value));
    }
    if (CONTRIB_OPS.has(type)) node.text(7, CONTRIB_DOMAIN);
    this.nodes.push(node);
  }

  /**
   * The float32 value of one branch or the other, as the bool `condition` is in a run. Branches read what the graph has.
   */
  either(condition: Value, then: () => Value, otherwise: () => Value): Value {
    const output = this.freshName('If');
    const node = new ProtobufWriter()
      .text(1, condition)
      .text(2, output)
      .text(3, output)
      .text(4, 'If');
    node.message(5, branchProto('then_branch', this.branch(then)));
    node.message(5, branchProto('else_branch', this.branch(otherwise)));
    this.nodes.push(node);
    return output;
  }

  private branch(build: () => Value): ProtobufWriter {
    const outside = this.nodes;
    this.nodes = [];
    const output = build();
    const graph = new ProtobufWriter();
    for (const node of this.nodes) graph.message(1, node);
    graph.text(2, this.freshName('branch')).message(12, valueInfo(output, 'float32'));
    this.nodes = outside;
    return graph;
  }

  /**
   * The file has an input's type alone. Where onnxruntime knows sizes but in part, it looks among all tensors that are
   * done with for each new one's memory: half of the time that loading a decoder takes, for what its arena gives at
   * once. Nothing is computed otherwise.
   */
  input(name: string, type: ElementType): Value {
    this.inputs.push(valueInfo(name, type));
    return name;
  }

  /** Its type alone, as for inputs. */
  output(name: Value, type: ElementType): void {
    this.outputs.push(valueInfo(name, type));
  }

  /** A tensor of the shared weight file; the same name twice is the same tensor. */
  stored(tensor: StoredTensor): Value {
    if (!this.initializers.has(tensor.name)) {
      const proto = tensorProto(tensor.name, tensor.type, tensor.dims);
      const location = [
        ['location', this.weightFile],
        ['offset', String(tensor.offset)],
        ['length', String(tensor.bytes)],
      ] as const;
      for (const [key, value] of location) {
        proto.message(13, new ProtobufWriter().text(1, key).text(2, value));
      }
      this.initializers.set(tensor.name, proto.integer(14, EXTERNAL));
    }
    return tensor.name;
  }

  /** A small constant kept inside the graph; equal constants are one. */
  constant(data: TensorData, dims: readonly number[]): Value {
    const type = elementTypeOf(data);
    const name = `${type}[${dims}]:${data}`;
    if (!this.initializers.has(name)) {
      this.initializers.set(name, tensorProto(name, type, dims).blob(9, bytesOf(data)));
    }
    return name;
  }

  /** A list of int64, as shapes, axes and split sizes are. */
  int64s(...values: readonly number[]): Value {
    return this.constant(BigInt64Array.from(values, BigInt), [values.length]);
  }

  scalar(value: number): Value {
    return this.constant(Float32Array.of(value), []);
  }

  serialize(): Uint8Array {
    const graph = new ProtobufWriter();
    for (const node of this.nodes) graph.message(1, node);
    graph.text(2, 'decoder');
    for (const initializer of this.initializers.values()) graph.message(5, initializer);
    for (const input of this.inputs) graph.message(11, input);
    for (const output of this.outputs) graph.message(12, output);
    const model = new ProtobufWriter().integer(1, IR_VERSION).message(7, graph);
    model.message(8, new ProtobufWriter().text(1, '').integer(2, OPSET));
    model.message(8, new ProtobufWriter().text(1, CONTRIB_DOMAIN).integer(2, 1));
    return model.bytes();
  }

  private counter = 0;

  /** A value name that nothing else in the graph has. */
  freshName(type: string): string {
    return `${type}_${this.counter++}`;
  }
}

/** TensorProto.DataLocation.EXTERNAL. */
const EXTERNAL = 1;
/** AttributeProto.AttributeType. */
const ATTRIBUTE_FLOAT = 1;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_GRAPH = 5;
const ATTRIBUTE_INTS = 7;

function attributeProto(name: string, value: Attributes[string]): ProtobufWriter {
  const proto = new ProtobufWriter().text(1, name);
  if (typeof value === 'number') return proto.integer(3, value).integer(20, ATTRIBUTE_INT);
  if ('float' in value) return proto.float(2, value.float).integer(20, ATTRIBUTE_FLOAT);
  for (const item of value) proto.integer(8, item);
  return proto.integer(20, ATTRIBUTE_INTS);
}

function branchProto(name: string, graph: ProtobufWriter): ProtobufWriter {
  return new ProtobufWriter().text(1, name).message(6, graph).integer(20, ATTRIBUTE_GRAPH);
}

function tensorProto(name: string, type: ElementType, dims: readonly number[]): ProtobufWriter {
  const proto = new ProtobufWriter();
  for (const dim of dims) proto.integer(1, dim);
  return proto.integer(2, ELEMENT_TYPE[type]).text(8, name);
}

function valueInfo(name: string, type: ElementType): ProtobufWriter {
  const tensor = new ProtobufWriter().integer(1, ELEMENT_TYPE[type]);
  return new ProtobufWriter().text(1, name).message(2, new ProtobufWriter().message(1, tensor));
}
