import type { CallTable } from './call-table.ts';
import { type PathColumns, TreePaths } from './tree-paths.ts';

/** The prompts of a tree at one moment: whatever becomes of the tree, they stay as they were. */
export class TreeSnapshot extends TreePaths {
  protected readonly nodes: PathColumns;
  protected readonly table: CallTable;

  /** Copies what is in use of the columns. */
  constructor({ end, parent, start, length }: PathColumns, table: CallTable) {
    super();
    const [parents, starts, lengths] = [parent, start, length].map((column) =>
      column.slice(0, end),
    );
    this.nodes = { end, parent: parents!, start: starts!, length: lengths! };
    this.table = table.copy();
  }
}
