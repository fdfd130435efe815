/** The wish of one row for an address. */
export interface AddressWish {
  readonly rowId: string;
  /** Who has the address: nobody, whoever that row is about, or somebody whom no row is about. */
  readonly holder: 'nobody' | 'somebody' | { readonly rowId: string };
}

/**
 * Finds which wishes for addresses can all be granted at once: the greatest set of which each is for a free address, or for
 * one that a row of `freeing`, or of the set itself, gives up. Swaps and rotations stay; a chain that ends at an address
 * which its holder keeps is struck as a whole.
 *
 * @param freeing - Rows that free their address whatever becomes of the wishes.
 * @returns the rows that are struck.
 */
export function struckWishes(wishes: readonly AddressWish[], freeing: ReadonlySet<string>): ReadonlySet<string> {
  const moving = new Set(wishes.map(({ rowId }) => rowId));
  const behind = new Map<string, string>();
  const struck = new Set<string>();
  for (const { rowId, holder } of wishes) {
    if (holder === 'nobody') continue;
    if (holder === 'somebody') struck.add(rowId);
    else if (!freeing.has(holder.rowId)) {
      if (!moving.has(holder.rowId)) struck.add(rowId);
      // One row at most: nobody holds two addresses, and no two rows wish for one.
      behind.set(holder.rowId, rowId);
    }
  }
  // A set is gone through to what is added to it meanwhile.
  for (const rowId of struck) {
    const next = behind.get(rowId);
    if (next !== undefined) struck.add(next);
  }
  return struck;
}
