/** Sequence numbers of a log, both ends included. */
export interface SeqRange {
  readonly from: number;
  readonly to: number;
}

/** What two ranges share. */
export function sharedRange(a: SeqRange, b: SeqRange): SeqRange | undefined {
  const shared = { from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) };
  return shared.from <= shared.to ? shared : undefined;
}

/** What is left of a range without another one. */
export function withoutRange(range: SeqRange, without: SeqRange): readonly SeqRange[] {
  if (!sharedRange(range, without)) return [range];
  return [
    { from: range.from, to: without.from - 1 },
    { from: without.to + 1, to: range.to },
  ].filter(({ from, to }) => from <= to);
}
