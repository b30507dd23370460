/** A binary min-heap of items by a number that each is pushed with; ties in any order. */
export class OrderHeap<T> {
  readonly #entries: { readonly order: number; readonly item: T }[] = [];

  get size(): number {
    return this.#entries.length;
  }

  push(order: number, item: T): void {
    const entries = this.#entries;
    let place = entries.push({ order, item }) - 1;
    while (place > 0) {
      const up = (place - 1) >> 1;
      if (entries[up]!.order <= order) break;
      [entries[place], entries[up]] = [entries[up]!, entries[place]!];
      place = up;
    }
  }

  peek(): { readonly order: number; readonly item: T } | undefined {
    return this.#entries[0];
  }

  pop(): { readonly order: number; readonly item: T } | undefined {
    const entries = this.#entries;
    const top = entries[0];
    const last = entries.pop();
    if (top === undefined || last === undefined || entries.length === 0) return top;
    entries[0] = last;
    for (let place = 0; ; ) {
      const left = 2 * place + 1;
      if (left >= entries.length) return top;
      const right = left + 1;
      const least =
        right < entries.length && entries[right]!.order < entries[left]!.order ? right : left;
      if (entries[place]!.order <= entries[least]!.order) return top;
      [entries[place], entries[least]] = [entries[least]!, entries[place]!];
      place = least;
    }
  }
}
