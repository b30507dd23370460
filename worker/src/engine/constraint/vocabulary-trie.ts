/**
 * The bytes of a vocabulary's tokens as a tree: tokens that begin alike share the way. Arrays by node;
 * node 0 is the root. Some 150k nodes for 49k tokens, built in a tenth of a second.
 */
export class VocabularyTrie {
  readonly vocabSize: number;
  /** First child, next sibling (0: none), the byte that leads here. */
  readonly child: Int32Array;
  readonly sibling: Int32Array;
  readonly byte: Uint8Array;
  /** First token that ends at a node, and by token the next of the same bytes (-1: none). */
  readonly token: Int32Array;
  readonly sameBytes: Int32Array;

  /** Tokens without bytes (special ones) are left out. */
  constructor(vocabSize: number, bytesOf: (token: number) => Uint8Array) {
    let total = 1;
    for (let token = 0; token < vocabSize; token++) total += bytesOf(token).length;
    this.vocabSize = vocabSize;
    this.child = new Int32Array(total);
    this.sibling = new Int32Array(total);
    this.byte = new Uint8Array(total);
    this.token = new Int32Array(total).fill(-1);
    this.sameBytes = new Int32Array(vocabSize).fill(-1);
    let nodes = 1;
    const step = (node: number, byte: number) => {
      for (let child = this.child[node]!; child !== 0; child = this.sibling[child]!) {
        if (this.byte[child] === byte) return child;
      }
      const made = nodes++;
      this.byte[made] = byte;
      this.sibling[made] = this.child[node]!;
      this.child[node] = made;
      return made;
    };
    for (let token = 0; token < vocabSize; token++) {
      const bytes = bytesOf(token);
      if (bytes.length === 0) continue;
      let node = 0;
      for (const byte of bytes) node = step(node, byte);
      this.sameBytes[token] = this.token[node]!;
      this.token[node] = token;
    }
  }
}
