import { h4, hciEvent, hciStatus, leEvent } from '../hci/codes.js';
import {
  decodeAclPacket,
  decodeCommandPacket,
  encodeAclPacket,
  encodeAddress,
  encodeCommandComplete,
  encodeCommandStatus,
  encodeEventPacket,
  encodeLeEvent,
  type HciAclPacket,
  type HciCommandPacket,
} from '../hci/packets.js';
import { type CommandOutcome, commandTable } from './commands.js';
import { type ControllerFaults, FaultSet } from './faults.js';
import type { Link, VirtualLink } from './link.js';
import type { InitiatingState, Medium, Radio } from './radio.js';
import { initialAdvertising, initialScan } from './radio-state.js';
import type { Timers } from './timers.js';

/** How a controller is made. */
export interface ControllerOptions {
  /** Public device address, `aa:bb:cc:dd:ee:ff`. */
  readonly address: string;
  /** Signal strength at which others hear it, in dBm. Default -60. */
  readonly rssi?: number;
  /** Largest ACL packet this controller takes and gives, in bytes. Default 251 (data length extension). */
  readonly aclLength?: number;
  /** ACL packets the host may have outstanding. Default 8. */
  readonly aclCount?: number;
}

/** The port between a host and a controller: whole H4 packets both ways. */
export interface HciEndpoint {
  /** False once the adapter is gone. */
  readonly up: boolean;
  /** Host to controller: one whole H4 packet. */
  send(packet: Uint8Array): void;
  /** Controller to host: one whole H4 packet at a time, never before the call that caused it has returned. */
  onPacket(listener: (packet: Buffer) => void): () => void;
  /** Tells that the adapter has vanished (false) or come back (true). */
  onUpChange(listener: (up: boolean) => void): () => void;
}

/** One Bluetooth LE controller of the simulated world, down to HCI bytes. */
export interface VirtualController extends HciEndpoint {
  readonly address: string;
  readonly faults: ControllerFaults;
  readonly links: readonly VirtualLink[];
  /** Signal strength at which others hear it, in dBm. */
  rssi: number;
  /** Whether its host has enabled scanning. */
  readonly scanning: boolean;
  /** Address of the peer it waits to connect to. */
  readonly connectingTo: string | undefined;
  /** Hands the host any bytes as if they were an H4 packet of this controller. */
  inject(packet: Uint8Array): void;
  /** Forgets everything a host has set up, as HCI Reset does; links die by supervision timeout at their other end. */
  reset(): void;
  /** The adapter vanishes, as when it is unplugged. */
  remove(): void;
  /** The adapter comes back, freshly reset. */
  restore(): void;
}

/** A controller with its radio side, as the air and the command table use it. */
export class Controller implements VirtualController, Radio {
  readonly address: string;
  readonly aclLength: number;
  readonly aclCount: number;
  readonly faults: FaultSet;
  readonly medium: Medium;
  rssi: number;
  advertising = initialAdvertising();
  scan = initialScan();
  initiating: InitiatingState | undefined;
  randomAddress: string | undefined;
  leEventMask = 0x1fn;
  leHostSupported = 0;
  readonly #timers: Timers;
  readonly #links = new Map<number, Link>();
  readonly #packetListeners = new Set<(packet: Buffer) => void>();
  readonly #upListeners = new Set<(up: boolean) => void>();
  #up = true;
  #outbox: Buffer[] = [];
  #draining = false;
  #lastHandle = 0x3f;

  constructor(medium: Medium, timers: Timers, options: ControllerOptions) {
    encodeAddress(options.address);
    this.address = options.address.toLowerCase();
    this.rssi = options.rssi ?? -60;
    this.aclLength = options.aclLength ?? 251;
    this.aclCount = options.aclCount ?? 8;
    this.medium = medium;
    this.#timers = timers;
    this.faults = new FaultSet(() => {
      if (this.faults.frozen) for (const link of this.#links.values()) link.lose();
      else this.#scheduleDrain();
      medium.reconsider();
    });
  }

  get up(): boolean {
    return this.#up;
  }

  get scanning(): boolean {
    return this.scan.enabled;
  }

  get connectingTo(): string | undefined {
    return this.initiating?.peerAddress;
  }

  get links(): readonly Link[] {
    return [...this.#links.values()];
  }

  linkAt(handle: number): Link | undefined {
    return this.#links.get(handle);
  }

  onPacket(listener: (packet: Buffer) => void): () => void {
    this.#packetListeners.add(listener);
    return () => this.#packetListeners.delete(listener);
  }

  onUpChange(listener: (up: boolean) => void): () => void {
    this.#upListeners.add(listener);
    return () => this.#upListeners.delete(listener);
  }

  send(packet: Uint8Array): void {
    if (!this.#up || this.faults.frozen) return;
    const bytes = Buffer.from(packet);
    const command = decodeCommandPacket(bytes);
    const acl = decodeAclPacket(bytes);
    if (command !== undefined) this.#execute(command);
    else if (acl !== undefined) this.#transmit(acl);
  }

  inject(packet: Uint8Array): void {
    this.emit(Buffer.from(packet));
  }

  reset(): void {
    for (const link of this.#links.values()) link.abandon(this);
    this.#links.clear();
    this.advertising = initialAdvertising();
    this.scan = initialScan();
    this.initiating = undefined;
    this.randomAddress = undefined;
    this.leEventMask = 0x1fn;
    this.leHostSupported = 0;
    this.medium.reconsider();
  }

  remove(): void {
    if (!this.#up) return;
    this.#up = false;
    this.#outbox = [];
    this.reset();
    for (const listener of this.#upListeners) listener(false);
  }

  restore(): void {
    if (this.#up) return;
    this.#up = true;
    for (const listener of this.#upListeners) listener(true);
  }

  advertisedAddress(): { address: string; addressType: number } {
    return this.advertising.ownAddressType === 1 && this.randomAddress !== undefined
      ? { address: this.randomAddress, addressType: 1 }
      : { address: this.address, addressType: 0 };
  }

  report(o: { type: number; address: string; addressType: number; data: Buffer; rssi: number }): void {
    this.emit(
      encodeLeEvent(
        leEvent.advertisingReport,
        Buffer.concat([
          Buffer.from([1, o.type, o.addressType]),
          encodeAddress(o.address),
          Buffer.from([o.data.length]),
          o.data,
          Buffer.from([o.rssi & 0xff]),
        ]),
      ),
    );
  }

  connected(o: { link: Link; role: 'central' | 'peripheral'; peerAddress: string; peerAddressType: number }): void {
    const handle = this.#freeHandle();
    this.#links.set(handle, o.link);
    o.link.attach({ end: this, handle, role: o.role });
    const parameters = Buffer.alloc(18);
    parameters.writeUInt8(hciStatus.success, 0);
    parameters.writeUInt16LE(handle, 1);
    parameters.writeUInt8(o.role === 'central' ? 0 : 1, 3);
    parameters.writeUInt8(o.peerAddressType, 4);
    encodeAddress(o.peerAddress).copy(parameters, 5);
    parameters.writeUInt16LE(o.link.parameters.interval, 11);
    parameters.writeUInt16LE(o.link.parameters.latency, 13);
    parameters.writeUInt16LE(o.link.parameters.supervisionTimeout, 15);
    this.emit(encodeLeEvent(leEvent.connectionComplete, parameters));
  }

  receive(handle: number, start: boolean, data: Buffer): void {
    for (let offset = 0; offset === 0 || offset < data.length; offset += this.aclLength) {
      this.emit(
        encodeAclPacket({
          handle,
          boundary: start && offset === 0 ? 'first-to-host' : 'continuing',
          data: data.subarray(offset, offset + this.aclLength),
        }),
      );
    }
  }

  completed(handle: number, packets: number): void {
    const parameters = Buffer.alloc(5);
    parameters.writeUInt8(1, 0);
    parameters.writeUInt16LE(handle, 1);
    parameters.writeUInt16LE(packets, 3);
    this.emit(encodeEventPacket(hciEvent.numberOfCompletedPackets, parameters));
  }

  ended(handle: number, reason: number | 'silent'): void {
    this.#links.delete(handle);
    if (reason === 'silent') return;
    this.emit(
      encodeEventPacket(
        hciEvent.disconnectionComplete,
        Buffer.from([hciStatus.success, handle & 0xff, handle >> 8, reason]),
      ),
    );
  }

  /** Queues one packet for the host; LE events the host has masked out are dropped. */
  emit(packet: Buffer): void {
    if (!this.#up) return;
    if (packet[0] === h4.event && packet[1] === hciEvent.leMeta) {
      const subevent = packet[3] ?? 0;
      if (((this.leEventMask >> BigInt(subevent - 1)) & 1n) === 0n) return;
    }
    this.#outbox.push(packet);
    this.#scheduleDrain();
  }

  #execute(command: HciCommandPacket): void {
    const entry = commandTable.get(command.opcode);
    if (entry === undefined) {
      this.emit(encodeCommandComplete(command.opcode, Buffer.from([hciStatus.unknownCommand])));
      return;
    }
    const fault = this.faults.decide(command);
    if (fault.action === 'ignore') return;
    const outcome: CommandOutcome =
      fault.action === 'fail'
        ? { status: fault.status }
        : command.parameters.length < entry.parameterBytes
          ? { status: hciStatus.invalidParameters }
          : entry.run(this, command.parameters);
    if (entry.answer === 'status') {
      this.emit(encodeCommandStatus(command.opcode, outcome.status));
    } else {
      const returned = outcome.returned ?? Buffer.alloc(entry.returnBytes);
      this.emit(encodeCommandComplete(command.opcode, Buffer.concat([Buffer.from([outcome.status]), returned])));
    }
    outcome.afterwards?.();
  }

  #transmit(packet: HciAclPacket): void {
    this.#links.get(packet.handle)?.carry(this, packet.start, Buffer.from(packet.data));
  }

  #freeHandle(): number {
    do {
      this.#lastHandle = this.#lastHandle >= 0x0eff ? 0x40 : this.#lastHandle + 1;
    } while (this.#links.has(this.#lastHandle));
    return this.#lastHandle;
  }

  #scheduleDrain(): void {
    if (this.#draining || this.#outbox.length === 0 || this.faults.frozen) return;
    this.#draining = true;
    const drain = (): void => {
      this.#draining = false;
      if (this.faults.frozen) return;
      const batch = this.#outbox;
      this.#outbox = [];
      for (const packet of batch) for (const listener of this.#packetListeners) listener(packet);
    };
    if (this.faults.latencyMs > 0) this.#timers.after(this.faults.latencyMs, drain);
    else this.#timers.soon(drain);
  }
}
