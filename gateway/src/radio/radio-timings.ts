/** How long the adapter waits for what, all in milliseconds. Tests shorten them; operators have no reason to. */
export interface RadioTimings {
  /** One GATT operation; then the link is dropped. */
  readonly operationMs: number;
  /** The controller's answer to one HCI command; then it is stuck. */
  readonly commandMs: number;
  /** How long a cancelled connection may still come up; it is taken down then. */
  readonly cancelListenMs: number;
  /** Between stopping a scan that misbehaves and starting it again. */
  readonly scanPauseMs: number;
  /** No advert of any device for this long: the scan is stopped and started. */
  readonly scanRefreshMs: number;
  /** Scanning rests this long after a link came up, or until it ends, so that the unlock has the radio to itself. */
  readonly scanHoldMs: number;
  /** The controller's report of a disconnection that was asked for; then it is stuck. */
  readonly closeMs: number;
  /** An address heard longer ago than this is not connected to before it is heard again. */
  readonly heardFreshMs: number;
  /** Before the second try of one connect; doubled for each further one. */
  readonly retryMs: number;
  /** Adverts are told to the parent at this pace; each new lock at once. */
  readonly advertBatchMs: number;
  /** The worker's sign of life. */
  readonly aliveMs: number;
}

/** What a gateway uses. */
export const defaultTimings: RadioTimings = {
  operationMs: 4_000,
  commandMs: 4_000,
  cancelListenMs: 400,
  scanPauseMs: 300,
  scanRefreshMs: 20_000,
  scanHoldMs: 1_000,
  closeMs: 4_000,
  heardFreshMs: 10_000,
  retryMs: 50,
  advertBatchMs: 500,
  aliveMs: 1_000,
};
