import { EventEmitter } from 'eventemitter3';
import type { HciEndpoint, VirtualController } from '../air/controller.js';
import { systemTimers, type Timers } from '../air/timers.js';
import { hciCommand, hciStatus } from '../hci/codes.js';
import { attOpcode, defaultMtu, l2capChannel } from './att-codes.js';
import { type AttBearer, answerAtt, encodeAttError } from './att-server.js';
import { type Attribute, type GattService, layOutAttributes } from './attribute-table.js';
import type { GattConnection } from './gatt-connection.js';
import type { GattFaults, GattRequest } from './gatt-faults.js';
import { createHciHost, type HciHost } from './hci-host.js';
import { createL2capAssembler, encodeL2cap, type L2capPdu } from './l2cap.js';
import { isSameUuid } from './uuid.js';

/** What a GATT server puts on the air while nobody is connected. */
export interface GattAdvertising {
  /** 20 to 10,240 ms. */
  readonly intervalMs: number;
  /** At most 31 bytes. */
  readonly data: Uint8Array;
  /** At most 31 bytes. */
  readonly scanResponse: Uint8Array;
}

/** What a GATT server needs of its controller; any HCI endpoint will do that knows its links and can be reset. */
export type GattRadio = HciEndpoint & Pick<VirtualController, 'address' | 'links' | 'reset'>;

/** How a GATT server is made. */
export interface GattServerOptions<Radio extends GattRadio = VirtualController> {
  readonly controller: Radio;
  readonly services: readonly GattService[];
  readonly advertising: GattAdvertising;
  /** Largest ATT MTU it agrees to, in bytes. Default 247. */
  readonly maxMtu?: number;
  /** Times the delays of faults. Default: the process's own timers. */
  readonly timers?: Timers;
}

/** What happens at a GATT server. */
export interface GattServerEvents {
  connected: { readonly connection: GattConnection };
  disconnected: { readonly connection: GattConnection; readonly reason: number };
  subscribed: { readonly connection: GattConnection; readonly uuid: string; readonly configuration: number };
  confirmed: { readonly connection: GattConnection };
}

/**
 * A peripheral: an HCI host with an ATT/GATT server on one virtual controller. It advertises, takes one central at a
 * time, and advertises again when the link has ended or its controller has come back.
 */
export interface GattServer<Radio extends GattRadio = VirtualController> {
  readonly controller: Radio;
  readonly events: EventEmitter<GattServerEvents>;
  readonly connections: readonly GattConnection[];
  readonly faults: GattFaults;
  /** Sets the controller up and begins to advertise; resolves when advertising is enabled. */
  start(): Promise<void>;
  /** Puts other data on the air; takes effect at once when advertising, otherwise with the next advert. */
  setAdvertising(advertising: GattAdvertising): Promise<void>;
  /** Stops, dropping every link. */
  close(): Promise<void>;
}

interface Peer extends GattConnection {
  open: boolean;
  readonly bearer: AttBearer;
  /** Indicates whether or not the client has subscribed. */
  readonly indicateAnyway: (uuid: string, value: Uint8Array) => boolean;
  /** What waits for the next confirmation. */
  confirmed: (() => void) | undefined;
  readonly assemble: (start: boolean, data: Buffer) => L2capPdu | undefined;
}

/** Makes a GATT server on a controller; it is silent until `start`. */
export function createGattServer<Radio extends GattRadio>(options: GattServerOptions<Radio>): GattServer<Radio> {
  const { controller } = options;
  const timers = options.timers ?? systemTimers;
  const maxMtu = options.maxMtu ?? 247;
  const attributes = layOutAttributes(options.services);
  const events = new EventEmitter<GattServerEvents>();
  const peers = new Map<number, Peer>();
  const faults: GattFaults = { onRequest: undefined };
  let advertising = options.advertising;
  let closed = false;

  const host: HciHost = createHciHost(controller, {
    onConnected({ handle, peerAddress }) {
      const peer = createPeer({ handle, peerAddress, host, attributes, maxMtu, events });
      peers.set(handle, peer);
      events.emit('connected', { connection: peer });
    },
    onDisconnected({ handle, reason }) {
      const peer = peers.get(handle);
      if (peer === undefined) return;
      end(peer, reason);
      if (!closed) void setAdvertisingEnabled(true).catch(ignoreRefusal);
    },
    onAcl({ handle, start, data }) {
      const peer = peers.get(handle);
      const pdu = peer?.assemble(start, data);
      if (peer !== undefined && pdu !== undefined) receive(peer, pdu);
    },
  });

  const end = (peer: Peer, reason: number): void => {
    peer.open = false;
    peers.delete(peer.handle);
    events.emit('disconnected', { connection: peer, reason });
  };

  const setAdvertisingEnabled = (enabled: boolean): Promise<Buffer> =>
    host.command(hciCommand.leSetAdvertisingEnable, Buffer.from([enabled ? 1 : 0]));

  const writeAdvertising = async (): Promise<void> => {
    const interval = Math.round(advertising.intervalMs / 0.625);
    const parameters = Buffer.alloc(15);
    parameters.writeUInt16LE(interval, 0);
    parameters.writeUInt16LE(interval, 2);
    parameters.writeUInt8(0x07, 13);
    await host.command(hciCommand.leSetAdvertisingParameters, parameters);
    await host.command(hciCommand.leSetAdvertisingData, padAdvertisingData(advertising.data));
    await host.command(hciCommand.leSetScanResponseData, padAdvertisingData(advertising.scanResponse));
  };

  const start = async (): Promise<void> => {
    await host.command(hciCommand.reset);
    await host.readBuffers();
    await writeAdvertising();
    await setAdvertisingEnabled(true);
  };

  const detach = controller.onUpChange((up) => {
    if (up) {
      void start().catch(ignoreRefusal);
      return;
    }
    host.forget();
    for (const peer of [...peers.values()]) end(peer, hciStatus.connectionTimeout);
  });

  const answer = (peer: Peer, pdu: Buffer): void => {
    const response = answerAtt(attributes, peer.bearer, pdu);
    if (response !== undefined) peer.sendPdu(l2capChannel.att, response);
  };

  const receiveAtt = (peer: Peer, pdu: Buffer): void => {
    if (pdu[0] === attOpcode.confirmation) {
      events.emit('confirmed', { connection: peer });
      peer.confirmed?.();
      peer.confirmed = undefined;
    }
    const request = describeRequest(attributes, pdu);
    const fault = faults.onRequest?.(request, peer);
    switch (fault?.action) {
      case undefined:
        answer(peer, pdu);
        return;
      case 'ignore':
        return;
      case 'withhold':
        answerAtt(attributes, peer.bearer, pdu);
        return;
      case 'delay':
        timers.after(fault.delayMs, () => {
          if (peer.open) answer(peer, pdu);
        });
        return;
      case 'indicate-first':
        peer.confirmed = () => answer(peer, pdu);
        peer.indicateAnyway(fault.uuid, fault.value);
        return;
      case 'refuse':
        peer.sendPdu(l2capChannel.att, encodeAttError(request.opcode, request.handle ?? 0, fault.error));
        return;
      case 'reply':
        for (const reply of fault.pdus) peer.sendPdu(l2capChannel.att, reply);
        return;
      case 'drop': {
        if (fault.when === 'answered') answer(peer, pdu);
        else if (fault.when === 'executed') answerAtt(attributes, peer.bearer, pdu);
        if (fault.lose === true) controller.links.find((link) => link.central === peer.peerAddress)?.lose();
        else peer.disconnect();
        return;
      }
    }
  };

  const receive = (peer: Peer, { channel, payload }: L2capPdu): void => {
    if (channel === l2capChannel.att) receiveAtt(peer, payload);
    else if (channel === l2capChannel.security && payload[0] === 0x01) {
      // No simulated device pairs: Pairing Failed, pairing not supported (Core 5.4, Vol 3, Part H, 3.5.5).
      peer.sendPdu(l2capChannel.security, Buffer.from([0x05, 0x05]));
    }
  };

  return {
    controller,
    events,
    faults,
    get connections() {
      return [...peers.values()];
    },
    start,
    async setAdvertising(next) {
      advertising = next;
      // Parameters may not change while advertising (0x0c); the data may.
      await host.command(hciCommand.leSetAdvertisingData, padAdvertisingData(next.data));
      await host.command(hciCommand.leSetScanResponseData, padAdvertisingData(next.scanResponse));
    },
    async close() {
      if (closed) return;
      closed = true;
      detach();
      for (const peer of [...peers.values()]) end(peer, hciStatus.localHostTerminated);
      host.close();
      controller.reset();
    },
  };
}

// A controller that is gone, or told by a fault to refuse, leaves the peripheral silent, as it would a real one.
function ignoreRefusal(): void {}

function padAdvertisingData(data: Uint8Array): Buffer {
  if (data.length > 31) throw new RangeError(`advertising data of ${data.length} bytes does not fit into 31`);
  const parameters = Buffer.alloc(32);
  parameters.writeUInt8(data.length, 0);
  parameters.set(data, 1);
  return parameters;
}

const opcodesWithHandle: readonly number[] = [
  attOpcode.readRequest,
  attOpcode.readBlobRequest,
  attOpcode.writeRequest,
  attOpcode.writeCommand,
  attOpcode.prepareWriteRequest,
];

function describeRequest(attributes: readonly Attribute[], pdu: Buffer): GattRequest {
  const opcode = pdu[0] ?? 0;
  if (!opcodesWithHandle.includes(opcode) || pdu.length < 3) return { opcode, pdu };
  const handle = pdu.readUInt16LE(1);
  const attribute = attributes.find((candidate) => candidate.handle === handle);
  return attribute !== undefined && 'characteristic' in attribute
    ? { opcode, pdu, handle, characteristic: attribute.characteristic.uuid }
    : { opcode, pdu, handle };
}

function createPeer(o: {
  readonly handle: number;
  readonly peerAddress: string;
  readonly host: HciHost;
  readonly attributes: readonly Attribute[];
  readonly maxMtu: number;
  readonly events: EventEmitter<GattServerEvents>;
}): Peer {
  const { handle, host } = o;
  const valueHandle = (uuid: string): number | undefined =>
    o.attributes.find((attribute) => attribute.kind === 'value' && isSameUuid(attribute.characteristic.uuid, uuid))
      ?.handle;
  const push = (opcode: number, bit: number, uuid: string, value: Uint8Array): boolean => {
    const target = valueHandle(uuid);
    if (!peer.open || target === undefined || ((peer.bearer.configurations.get(target) ?? 0) & bit) !== bit)
      return false;
    const header = Buffer.from([opcode, target & 0xff, target >> 8]);
    peer.sendPdu(l2capChannel.att, Buffer.concat([header, value.subarray(0, peer.mtu - 3)]));
    return true;
  };
  const peer: Peer = {
    handle,
    peerAddress: o.peerAddress,
    open: true,
    get mtu() {
      return peer.bearer.mtu;
    },
    get bearer() {
      return bearer;
    },
    confirmed: undefined,
    assemble: createL2capAssembler(),
    isSubscribed(uuid) {
      const target = valueHandle(uuid);
      return target !== undefined && (bearer.configurations.get(target) ?? 0) !== 0;
    },
    notify: (uuid, value) => push(attOpcode.notification, 1, uuid, value),
    indicate: (uuid, value) => push(attOpcode.indication, 2, uuid, value),
    indicateAnyway: (uuid, value) => push(attOpcode.indication, 0, uuid, value),
    sendPdu(channel, payload) {
      if (peer.open) host.sendAcl(handle, encodeL2cap(channel, payload));
    },
    sendAcl(data) {
      if (peer.open) host.sendAcl(handle, data);
    },
    disconnect(reason = hciStatus.remoteUserTerminated) {
      if (!peer.open) return;
      const parameters = Buffer.from([handle & 0xff, handle >> 8, reason]);
      void host.command(hciCommand.disconnect, parameters).catch(ignoreRefusal);
    },
  };
  const bearer: AttBearer = {
    connection: peer,
    maxMtu: o.maxMtu,
    mtu: defaultMtu,
    configurations: new Map(),
    onConfigured: (characteristic, configuration) =>
      o.events.emit('subscribed', { connection: peer, uuid: characteristic.uuid, configuration }),
  };
  return peer;
}
