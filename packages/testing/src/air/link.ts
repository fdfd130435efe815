import { hciStatus } from '../hci/codes.js';
import type { Timers } from './timers.js';

/**
 * One live connection between two virtual controllers, as tests see it. Packets cross it in order, after
 * `latencyMs` in each direction (default 0; the air does not imitate connection events).
 */
export interface VirtualLink {
  /** Device address of the central. */
  readonly central: string;
  /** Device address of the peripheral. */
  readonly peripheral: string;
  readonly open: boolean;
  latencyMs: number;
  /** Ends the link now; both hosts get Disconnection Complete with this reason (default 0x13). */
  drop(reason?: number): void;
  /** Stops carrying anything; both hosts learn of it by supervision timeout (0x08), as when the radio contact is lost. */
  lose(): void;
}

/** What a link needs of the controller at one end. */
export interface LinkEnd {
  readonly address: string;
  /** Hands one fragment of an L2CAP PDU to the host of this end. */
  receive(handle: number, start: boolean, data: Buffer): void;
  /** Tells the host of this end that the packets it sent have left. */
  completed(handle: number, packets: number): void;
  /** Forgets the link and, unless `silent`, tells the host why it ended. */
  ended(handle: number, reason: number | 'silent'): void;
}

/** One end with the connection handle its host uses. */
export interface Attachment {
  readonly end: LinkEnd;
  readonly handle: number;
  readonly role: 'central' | 'peripheral';
}

/** Negotiated parameters of a connection, in the units of HCI. */
export interface ConnectionParameters {
  /** 1.25 ms each. */
  readonly interval: number;
  /** Events the peripheral may skip. */
  readonly latency: number;
  /** 10 ms each. */
  readonly supervisionTimeout: number;
}

interface Crossing {
  readonly start: boolean;
  readonly data: Buffer;
}

/** A link with what controllers do with it. `attachments` holds central then peripheral. */
export class Link implements VirtualLink {
  latencyMs: number;
  parameters: ConnectionParameters;
  readonly #timers: Timers;
  readonly #attachments: Attachment[] = [];
  readonly #queues = new Map<LinkEnd, Crossing[]>();
  readonly #onEnded: (link: Link) => void;
  #carrying = true;
  #open = true;
  #names: { central: string; peripheral: string };

  constructor(o: {
    readonly timers: Timers;
    readonly central: string;
    readonly peripheral: string;
    readonly parameters: ConnectionParameters;
    readonly latencyMs: number;
    readonly onEnded: (link: Link) => void;
  }) {
    this.#timers = o.timers;
    this.#names = { central: o.central, peripheral: o.peripheral };
    this.parameters = o.parameters;
    this.latencyMs = o.latencyMs;
    this.#onEnded = o.onEnded;
  }

  get central(): string {
    return this.#names.central;
  }

  get peripheral(): string {
    return this.#names.peripheral;
  }

  get open(): boolean {
    return this.#open;
  }

  attach(attachment: Attachment): void {
    this.#attachments.push(attachment);
    this.#queues.set(attachment.end, []);
  }

  attachmentOf(end: LinkEnd): Attachment | undefined {
    return this.#attachments.find((attachment) => attachment.end === end);
  }

  peerOf(end: LinkEnd): Attachment | undefined {
    return this.#attachments.find((attachment) => attachment.end !== end);
  }

  /** Takes one ACL fragment from this end to the other. */
  carry(from: LinkEnd, start: boolean, data: Buffer): void {
    if (!this.#carrying) return;
    const queue = this.#queues.get(from);
    if (queue === undefined) return;
    queue.push({ start, data });
    if (this.latencyMs === 0 && queue.length === 1) this.#deliver(from);
    else this.#timers.after(this.latencyMs, () => this.#deliver(from));
  }

  drop(reason: number = hciStatus.remoteUserTerminated): void {
    this.#end(() => reason);
  }

  /** Ends the link at the wish of one host: it hears 0x16, the other host the reason it gave. */
  terminate(by: LinkEnd, reason: number): void {
    this.#end((attachment) => (attachment.end === by ? hciStatus.localHostTerminated : reason));
  }

  lose(): void {
    if (!this.#carrying) return;
    this.#carrying = false;
    this.#timers.after(this.parameters.supervisionTimeout * 10, () => this.drop(hciStatus.connectionTimeout));
  }

  /** One controller was reset or removed: it forgets the link at once, the other end finds out by timeout. */
  abandon(end: LinkEnd): void {
    const attachment = this.attachmentOf(end);
    if (attachment === undefined) return;
    this.#attachments.splice(this.#attachments.indexOf(attachment), 1);
    end.ended(attachment.handle, 'silent');
    this.lose();
    if (this.#attachments.length === 0) this.#end(() => hciStatus.connectionTimeout);
  }

  /** Makes the link one that the peripheral never heard of: it falls with 0x3e after six connection intervals. */
  failToEstablish(): void {
    this.#carrying = false;
    this.#timers.after(this.parameters.interval * 1.25 * 6, () => this.drop(hciStatus.connectionFailedToBeEstablished));
  }

  #deliver(from: LinkEnd): void {
    const crossing = this.#queues.get(from)?.shift();
    if (crossing === undefined || !this.#carrying) return;
    const peer = this.peerOf(from);
    const own = this.attachmentOf(from);
    if (peer === undefined || own === undefined) return;
    own.end.completed(own.handle, 1);
    peer.end.receive(peer.handle, crossing.start, crossing.data);
  }

  #end(reasonFor: (attachment: Attachment) => number): void {
    if (!this.#open) return;
    this.#open = false;
    this.#carrying = false;
    for (const attachment of this.#attachments) attachment.end.ended(attachment.handle, reasonFor(attachment));
    this.#onEnded(this);
  }
}
