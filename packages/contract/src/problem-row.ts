/** One row of {@link problemTable}. */
export interface ProblemRow {
  /** HTTP status. */
  readonly status: number;
  /** Short and constant: the same for every occurrence. */
  readonly title: string;
  /** When it is given, for the docs. */
  readonly when: string;
}
