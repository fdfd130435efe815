import { decodeInfo, type LockLink } from '@latchwork/lock-protocol';
import type { Door } from './door.js';
import { toHex } from './hex.js';
import type { Attempt } from './truth.js';
import type { VirtualTime } from './virtual-time.js';

/** What happens to one frame on its way. */
export interface FrameFault {
  readonly way: 'to-lock' | 'to-caller';
  /** Which frame of that way, from 0. */
  readonly frame: number;
  readonly fault: 'lost' | 'doubled' | 'flipped' | 'held-back' | 'overtaken' | 'link-lost';
  /** For how long it is held back; which bit is flipped. */
  readonly by: number;
}

/** How one connection goes. */
export interface LinkPlan {
  readonly mtu: number;
  readonly latencyMs: number;
  readonly faults: readonly FrameFault[];
  /** For how long somebody in between keeps the lock connected after the caller has left; left out: not at all. */
  readonly relayedMs?: number;
}

/** One connection to a door over radio that loses, doubles, bends and holds back what it carries. */
export interface RadioLink extends LockLink {
  /** LN, hex. */
  readonly challenge: string;
  /** Who makes it, for the record. */
  readonly attempts: Attempt[];
  /** Time tokens that were signed for it, by whom they are for. */
  readonly tellings: { readonly lock: number; readonly challenge: string; readonly at: number }[];
  /** Every frame as the caller wrote it. */
  readonly written: Uint8Array[];
  /** When the lock last said something; -1 before. */
  readonly lastWordAt: number;
  readonly isOpen: boolean;
  close(): void;
}

/** Connects to a door; `undefined` when it is dark or busy. */
export function connectDoor(o: {
  readonly time: VirtualTime;
  readonly door: Door;
  readonly plan: LinkPlan;
  readonly onClosed: () => void;
}): RadioLink | undefined {
  const { time, door, plan } = o;
  let isOpen = true;
  let lastWordAt = -1;
  let listener: (frame: Uint8Array) => void = () => undefined;
  let onClosed: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    onClosed = resolve;
  });
  const lanes = { 'to-lock': { frames: 0, free: 0 }, 'to-caller': { frames: 0, free: 0 } };

  function carry(way: 'to-lock' | 'to-caller', frame: Uint8Array): void {
    const lane = lanes[way];
    const number = lane.frames;
    lane.frames += 1;
    const arrive = (bytes: Uint8Array) => () => {
      if (!isOpen) return;
      if (way === 'to-lock') door.received(bytes);
      else listener(bytes);
    };
    const fault = plan.faults.find((planned) => planned.way === way && planned.frame === number);
    const soon = Math.max(lane.free, time.now() + plan.latencyMs);
    if (fault?.fault === 'lost') return;
    if (fault?.fault === 'link-lost') time.at(soon, close);
    else if (fault?.fault === 'overtaken') time.at(soon + fault.by, arrive(frame));
    else {
      const moment = fault?.fault === 'held-back' ? soon + fault.by : soon;
      lane.free = moment;
      time.at(moment, arrive(fault?.fault === 'flipped' ? flipBit(frame, fault.by) : frame));
      if (fault?.fault === 'doubled') time.at(moment, arrive(frame));
    }
  }

  function close(): void {
    if (!isOpen) return;
    isOpen = false;
    door.disconnected();
    onClosed();
    o.onClosed();
  }

  const info = door.connect({
    mtu: plan.mtu,
    notify(frame) {
      lastWordAt = time.now();
      carry('to-caller', frame);
    },
    // What it has said before it leaves still arrives.
    disconnect: () => time.at(Math.max(time.now(), lanes['to-caller'].free), close),
  });
  if (info === undefined) return undefined;
  const written: Uint8Array[] = [];
  return {
    mtu: plan.mtu,
    challenge: toHex(decodeInfo(info).nonce),
    attempts: [],
    tellings: [],
    written,
    closed,
    get lastWordAt() {
      return lastWordAt;
    },
    get isOpen() {
      return isOpen;
    },
    async readInfo() {
      await time.wait(plan.latencyMs);
      return info;
    },
    async write(frame, { withResponse }) {
      if (!isOpen) throw new Error('The link is gone.');
      written.push(frame);
      carry('to-lock', frame);
      if (withResponse) await time.wait(2 * plan.latencyMs);
    },
    onFrame(next) {
      listener = next;
    },
    close,
  };
}

function flipBit(frame: Uint8Array, bit: number): Uint8Array {
  const bent = frame.slice();
  const at = Math.floor(bit / 8) % bent.length;
  bent[at] = (bent[at] ?? 0) ^ (1 << (bit % 8));
  return bent;
}
