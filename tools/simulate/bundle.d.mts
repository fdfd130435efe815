/** One place in the sources of lock-protocol and what stands there instead. */
export interface Patch {
  readonly file: string;
  readonly text: string;
  readonly instead: string;
}
