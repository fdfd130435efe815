import type { LockLink, LockSession } from '@latchwork/lock-protocol';

/** What crossed the air in one connection, INFO apart. */
export interface Traffic {
  /** Bytes of each message towards the lock, without frame headers. */
  readonly toLock: readonly number[];
  /** The same towards the caller. */
  readonly toCaller: readonly number[];
  readonly frames: number;
  /** Bytes of all frames: what ATT carries. */
  readonly bytes: number;
}

/** A link without a radio between a caller and a lock, that counts. */
export interface MeasuredLink extends LockLink {
  readonly traffic: () => Traffic;
  close(): void;
}

/** Connects to a lock that runs on the driver of the protocol. */
export function connect(session: LockSession, mtu: number): MeasuredLink {
  const frames: { readonly to: 'toLock' | 'toCaller'; readonly frame: Uint8Array }[] = [];
  let listener: (frame: Uint8Array) => void = () => undefined;
  let onClosed: () => void = () => undefined;
  let open = true;
  const closed = new Promise<void>((resolve) => {
    onClosed = resolve;
  });
  const close = (): void => {
    if (!open) return;
    open = false;
    session.disconnected();
    onClosed();
  };
  const info = session.connected({
    mtu,
    notify(frame) {
      frames.push({ to: 'toCaller', frame });
      if (open) listener(frame);
    },
    disconnect: close,
  });
  if (!info) throw new Error('The lock serves somebody else.');
  return {
    ...{ mtu, closed, close, readInfo: async () => info },
    async write(frame) {
      frames.push({ to: 'toLock', frame });
      if (open) session.received(frame);
    },
    onFrame(next) {
      listener = next;
    },
    traffic() {
      const sizes = (direction: 'toLock' | 'toCaller') =>
        frames.flatMap(({ to, frame }) =>
          to === direction && ((frame[0] ?? 0) & 0x80) !== 0 ? [((frame[1] ?? 0) << 8) | (frame[2] ?? 0)] : [],
        );
      return {
        ...{ toLock: sizes('toLock'), toCaller: sizes('toCaller'), frames: frames.length },
        bytes: frames.reduce((sum, { frame }) => sum + frame.length, 0),
      };
    },
  };
}
