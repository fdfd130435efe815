/** One fault of a value that does not fit its schema: where it is and what is wrong there. */
export interface SchemaIssue {
  /** Property names and array indexes from the root to the fault; empty for the root. */
  readonly path: readonly (string | number)[];
  /** The machine's name of the fault, such as `unrecognized_keys` or `invalid_type`. */
  readonly code: string;
  /** One sentence for a person. */
  readonly message: string;
}

/** What went wrong in this room, told apart by `code`. */
export type ContractErrorInfo =
  | { readonly code: 'invalid-message'; readonly kind: string; readonly issues: readonly SchemaIssue[] }
  | { readonly code: 'invalid-topic'; readonly topic: string };

/** The one error this package throws: bytes or text from outside that do not fit the contract. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
  /** What went wrong, a closed union told apart by `code`. */
  readonly info: ContractErrorInfo;

  constructor(message: string, info: ContractErrorInfo) {
    super(message);
    this.info = info;
  }
}
