/** One cell of a states × events table: where the machine may go, and what it does. */
export interface TableCell<At extends string> {
  readonly to: readonly [At, ...At[]];
  readonly does: string;
}

/** A complete table: a state or an event left out does not compile. */
export type StateTable<At extends string, Type extends string> = Readonly<
  Record<At, Readonly<Record<Type, TableCell<At>>>>
>;

/** The table as it stands in SPEC.md: a row per state, a column per event. */
export function renderStateTable<At extends string, Type extends string>(table: StateTable<At, Type>): string {
  const rows = Object.entries(table) as [At, Readonly<Record<Type, TableCell<At>>>][];
  const events = Object.keys(rows[0]?.[1] ?? {});
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(['state', ...events]),
    line(['state', ...events].map(() => '---')),
    ...rows.map(([at, row]) =>
      line([`**${at}**`, ...(Object.values(row) as TableCell<At>[]).map((cell) => renderCell(at, cell))]),
    ),
  ].join('\n');
}

function renderCell(at: string, { to, does }: TableCell<string>): string {
  return to.length === 1 && to[0] === at ? does : `${does} → ${to.join(', ')}`;
}
