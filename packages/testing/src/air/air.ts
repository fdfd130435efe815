import { advertType } from '../hci/codes.js';
import { Controller, type ControllerOptions, type VirtualController } from './controller.js';
import { Link, type VirtualLink } from './link.js';
import type { Medium, Radio } from './radio.js';
import { createSeededRandom } from './random.js';
import { systemTimers, type Timers } from './timers.js';

/** Core 5.4, Vol 6, Part B, 4.4.2.2.1: a random delay of up to this is added to every advertising interval. */
const advertisingDelayMaxMs = 10;

/** How an air is made. */
export interface AirOptions {
  /** Seed of the advertising delays; the same seed and the same calls give the same air. Default 1. */
  readonly seed?: number;
  /** Where time comes from. Default: the process's own timers. */
  readonly timers?: Timers;
}

/**
 * The shared medium of any number of virtual Bluetooth LE controllers: who advertises is heard by who scans, and a
 * connection completes at the next advert of its peer.
 */
export interface VirtualAir {
  /** Puts one more controller within range of all the others. */
  addController(options: ControllerOptions): VirtualController;
  readonly controllers: readonly VirtualController[];
  readonly links: readonly VirtualLink[];
  /** Delay of each packet on every link made from now on, in milliseconds. Default 0. */
  linkLatencyMs: number;
  /** Removes every controller; nothing runs on this air afterwards. */
  close(): void;
}

class Air implements VirtualAir, Medium {
  linkLatencyMs = 0;
  readonly #timers: Timers;
  readonly #random: () => number;
  readonly #controllers: Controller[] = [];
  readonly #links = new Set<Link>();
  readonly #nextAdvertAt = new Map<Radio, number>();
  readonly #pendingAdverts = new Map<Radio, () => void>();

  constructor(options: AirOptions) {
    this.#timers = options.timers ?? systemTimers;
    this.#random = createSeededRandom(options.seed ?? 1);
  }

  get controllers(): readonly VirtualController[] {
    return this.#controllers;
  }

  get links(): readonly VirtualLink[] {
    return [...this.#links];
  }

  addController(options: ControllerOptions): VirtualController {
    const controller = new Controller(this, this.#timers, options);
    this.#controllers.push(controller);
    return controller;
  }

  close(): void {
    for (const controller of this.#controllers) controller.remove();
    this.#controllers.length = 0;
    this.reconsider();
  }

  reconsider(): void {
    for (const [radio, cancel] of this.#pendingAdverts) {
      if (this.#isWanted(radio)) continue;
      cancel();
      this.#pendingAdverts.delete(radio);
    }
    for (const radio of this.#controllers) {
      if (!radio.advertising.enabled) {
        this.#nextAdvertAt.delete(radio);
        continue;
      }
      if (!this.#nextAdvertAt.has(radio)) {
        this.#nextAdvertAt.set(radio, this.#timers.now() + this.#random() * advertisingDelayMaxMs);
      }
      if (!this.#pendingAdverts.has(radio) && this.#isWanted(radio)) this.#plan(radio);
    }
  }

  connectNow(central: Radio): boolean {
    const peripheral = this.#controllers.find((radio) => isOnAir(radio) && isTarget(central, radio));
    if (peripheral === undefined) return false;
    this.#connect(central, peripheral);
    return true;
  }

  // An advert that nobody would receive is not sent: only its time is remembered. When that has passed, the rhythm goes
  // on from it; a new draw would make peers that were out of hearing for a moment quicker than those that were not.
  #plan(radio: Radio): void {
    const now = this.#timers.now();
    const planned = this.#nextAdvertAt.get(radio) ?? now;
    const periodMs = radio.advertising.intervalMs + this.#random() * advertisingDelayMaxMs;
    const at = planned + Math.max(0, Math.ceil((now - planned) / periodMs)) * periodMs;
    this.#nextAdvertAt.set(radio, at);
    this.#pendingAdverts.set(
      radio,
      this.#timers.after(at - now, () => {
        this.#pendingAdverts.delete(radio);
        this.#nextAdvertAt.set(
          radio,
          this.#timers.now() + radio.advertising.intervalMs + this.#random() * advertisingDelayMaxMs,
        );
        this.#advertise(radio);
        if (radio.advertising.enabled && this.#isWanted(radio)) this.#plan(radio);
      }),
    );
  }

  #isWanted(radio: Radio): boolean {
    if (!isOnAir(radio)) return false;
    const { address, addressType } = radio.advertisedAddress();
    return this.#controllers.some(
      (other) =>
        other !== radio &&
        isListening(other) &&
        ((other.scan.enabled &&
          !(other.scan.filterDuplicates && other.scan.reported.has(`${addressType} ${address}`))) ||
          isTarget(other, radio)),
    );
  }

  #advertise(radio: Radio): void {
    const { address, addressType } = radio.advertisedAddress();
    const { advertising, rssi } = radio;
    const type = advertising.connectable
      ? advertType.connectable
      : advertising.scannable
        ? advertType.scannable
        : advertType.nonConnectable;
    for (const scanner of this.#controllers) {
      if (scanner === radio || !isListening(scanner) || !scanner.scan.enabled) continue;
      const identity = `${addressType} ${address}`;
      if (scanner.scan.filterDuplicates && scanner.scan.reported.has(identity)) continue;
      scanner.scan.reported.add(identity);
      scanner.report({ type, address, addressType, data: advertising.data, rssi });
      if (scanner.scan.active && advertising.scannable) {
        scanner.report({ type: advertType.scanResponse, address, addressType, data: advertising.scanResponse, rssi });
      }
    }
    const central = this.#controllers.find((other) => other !== radio && isListening(other) && isTarget(other, radio));
    if (central !== undefined) this.#connect(central, radio);
  }

  #connect(central: Radio, peripheral: Radio): void {
    const wish = central.initiating;
    if (wish === undefined) return;
    const advertised = peripheral.advertisedAddress();
    central.initiating = undefined;
    const link = new Link({
      timers: this.#timers,
      central: central.address,
      peripheral: peripheral.address,
      parameters: {
        interval: wish.interval,
        latency: wish.latency,
        supervisionTimeout: wish.supervisionTimeout,
      },
      latencyMs: this.linkLatencyMs,
      onEnded: (ended) => this.#links.delete(ended),
    });
    this.#links.add(link);
    if (peripheral.faults.failedEstablishments > 0) {
      peripheral.faults.failedEstablishments -= 1;
      link.failToEstablish();
    } else {
      peripheral.advertising.enabled = false;
      peripheral.connected({ link, role: 'peripheral', peerAddress: central.address, peerAddressType: 0 });
    }
    central.connected({
      link,
      role: 'central',
      peerAddress: advertised.address,
      peerAddressType: advertised.addressType,
    });
    this.reconsider();
  }
}

function isListening(radio: Radio): boolean {
  return radio.up && !radio.faults.frozen;
}

function isOnAir(radio: Radio): boolean {
  return radio.advertising.enabled && radio.up && !radio.faults.frozen && !radio.faults.unheard;
}

function isTarget(central: Radio, radio: Radio): boolean {
  const wish = central.initiating;
  if (wish === undefined || !radio.advertising.connectable) return false;
  const advertised = radio.advertisedAddress();
  return wish.peerAddress === advertised.address && wish.peerAddressType === advertised.addressType;
}

/** Makes an empty air. */
export function createAir(options: AirOptions = {}): VirtualAir {
  return new Air(options);
}
