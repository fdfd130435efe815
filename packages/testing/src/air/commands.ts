import { hciCommand, hciEvent, hciStatus, leEvent } from '../hci/codes.js';
import { decodeAddress, encodeAddress, encodeEventPacket, encodeLeEvent } from '../hci/packets.js';
import type { Controller } from './controller.js';
import type { Link } from './link.js';

/** What a command came to. `afterwards` runs after the answer has been queued. */
export interface CommandOutcome {
  readonly status: number;
  readonly returned?: Buffer;
  readonly afterwards?: () => void;
}

/** One command: how it is answered, how many bytes it takes and returns after the status, and what it does. */
export interface CommandEntry {
  readonly answer: 'complete' | 'status';
  readonly parameterBytes: number;
  readonly returnBytes: number;
  readonly run: (controller: Controller, parameters: Buffer) => CommandOutcome;
}

const ok: CommandOutcome = { status: hciStatus.success };

function complete(parameterBytes: number, returnBytes: number, run: CommandEntry['run'] = () => ok): CommandEntry {
  return { answer: 'complete', parameterBytes, returnBytes, run };
}

function status(parameterBytes: number, run: CommandEntry['run']): CommandEntry {
  return { answer: 'status', parameterBytes, returnBytes: 0, run };
}

function returning(returned: Buffer): CommandOutcome {
  return { status: hciStatus.success, returned };
}

function onLink(
  controller: Controller,
  parameters: Buffer,
  run: (link: Link, handle: number) => CommandOutcome,
): CommandOutcome {
  const handle = parameters.readUInt16LE(0) & 0x0fff;
  const link = controller.linkAt(handle);
  return link === undefined ? { status: hciStatus.unknownConnection } : run(link, handle);
}

// Bluetooth 5.0, Linux Foundation as the manufacturer, like the controllers BlueZ emulates.
const localVersion = Buffer.from([0x09, 0x00, 0x00, 0x09, 0xf1, 0x05, 0x00, 0x00]);
// LE Encryption and LE Data Packet Length Extension; no extended advertising, no coded PHY.
const leFeatures = Buffer.from([0x21, 0, 0, 0, 0, 0, 0, 0]);
const maxDataLength = Buffer.from([0xfb, 0x00, 0x48, 0x08, 0xfb, 0x00, 0x48, 0x08]);

/** Every HCI command a virtual controller executes; any other is answered with Unknown HCI Command (0x01). */
export const commandTable: ReadonlyMap<number, CommandEntry> = new Map([
  [hciCommand.setEventMask, complete(8, 0)],
  [
    hciCommand.reset,
    complete(0, 0, (controller) => {
      controller.reset();
      return ok;
    }),
  ],
  [hciCommand.readLocalName, complete(0, 248, () => returning(Buffer.alloc(248)))],
  [
    hciCommand.readLeHostSupported,
    complete(0, 2, (controller) => returning(Buffer.from([controller.leHostSupported, 0]))),
  ],
  [
    hciCommand.writeLeHostSupported,
    complete(2, 0, (controller, parameters) => {
      controller.leHostSupported = parameters.readUInt8(0);
      return ok;
    }),
  ],
  [hciCommand.readLocalVersion, complete(0, 8, () => returning(localVersion))],
  [hciCommand.readLocalSupportedCommands, complete(0, 64)],
  [hciCommand.readLocalSupportedFeatures, complete(0, 8, () => returning(Buffer.from([0, 0, 0, 0, 0x60, 0, 0, 0])))],
  [
    hciCommand.readBufferSize,
    complete(0, 7, (controller) => {
      const returned = Buffer.alloc(7);
      returned.writeUInt16LE(controller.aclLength, 0);
      returned.writeUInt16LE(controller.aclCount, 3);
      return returning(returned);
    }),
  ],
  [hciCommand.readBdAddr, complete(0, 6, (controller) => returning(encodeAddress(controller.address)))],
  [
    hciCommand.readRssi,
    complete(2, 3, (controller, parameters) =>
      onLink(controller, parameters, () =>
        returning(Buffer.concat([parameters.subarray(0, 2), Buffer.from([controller.rssi & 0xff])])),
      ),
    ),
  ],
  [
    hciCommand.leSetEventMask,
    complete(8, 0, (controller, parameters) => {
      controller.leEventMask = parameters.readBigUInt64LE(0);
      return ok;
    }),
  ],
  [
    hciCommand.leReadBufferSize,
    complete(0, 3, (controller) => {
      const returned = Buffer.alloc(3);
      returned.writeUInt16LE(controller.aclLength, 0);
      returned.writeUInt8(controller.aclCount, 2);
      return returning(returned);
    }),
  ],
  [hciCommand.leReadLocalSupportedFeatures, complete(0, 8, () => returning(leFeatures))],
  [
    hciCommand.leSetRandomAddress,
    complete(6, 0, (controller, parameters) => {
      controller.randomAddress = decodeAddress(parameters.subarray(0, 6));
      return ok;
    }),
  ],
  [
    hciCommand.leSetAdvertisingParameters,
    complete(15, 0, (controller, parameters) => {
      if (controller.advertising.enabled) return { status: hciStatus.commandDisallowed };
      const type = parameters.readUInt8(4);
      controller.advertising.intervalMs = parameters.readUInt16LE(0) * 0.625;
      controller.advertising.connectable = type === 0x00;
      controller.advertising.scannable = type === 0x00 || type === 0x02;
      controller.advertising.ownAddressType = parameters.readUInt8(5) & 1;
      return ok;
    }),
  ],
  [hciCommand.leReadAdvertisingTxPower, complete(0, 1)],
  [
    hciCommand.leSetAdvertisingData,
    complete(1, 0, (controller, parameters) => {
      controller.advertising.data = readAdvertisingData(parameters);
      return ok;
    }),
  ],
  [
    hciCommand.leSetScanResponseData,
    complete(1, 0, (controller, parameters) => {
      controller.advertising.scanResponse = readAdvertisingData(parameters);
      return ok;
    }),
  ],
  [
    hciCommand.leSetAdvertisingEnable,
    complete(1, 0, (controller, parameters) => {
      controller.advertising.enabled = parameters.readUInt8(0) === 1;
      controller.medium.reconsider();
      return ok;
    }),
  ],
  [
    hciCommand.leSetScanParameters,
    complete(7, 0, (controller, parameters) => {
      if (controller.scan.enabled) return { status: hciStatus.commandDisallowed };
      controller.scan.active = parameters.readUInt8(0) === 1;
      return ok;
    }),
  ],
  [
    hciCommand.leSetScanEnable,
    complete(2, 0, (controller, parameters) => {
      controller.scan.enabled = parameters.readUInt8(0) === 1;
      controller.scan.filterDuplicates = parameters.readUInt8(1) === 1;
      controller.scan.reported.clear();
      controller.medium.reconsider();
      return ok;
    }),
  ],
  [hciCommand.leCreateConnection, status(25, createConnection)],
  [hciCommand.leCreateConnectionCancel, complete(0, 0, cancelConnection)],
  [hciCommand.leReadFilterAcceptListSize, complete(0, 1)],
  [hciCommand.leClearFilterAcceptList, complete(0, 0)],
  [
    hciCommand.disconnect,
    status(3, (controller, parameters) =>
      onLink(controller, parameters, (link) => ({
        status: hciStatus.success,
        afterwards: () => link.terminate(controller, parameters.readUInt8(2)),
      })),
    ),
  ],
  [
    hciCommand.readRemoteVersion,
    status(2, (controller, parameters) =>
      onLink(controller, parameters, () => ({
        status: hciStatus.success,
        afterwards: () =>
          controller.emit(
            encodeEventPacket(
              hciEvent.readRemoteVersionComplete,
              Buffer.concat([
                Buffer.from([hciStatus.success]),
                parameters.subarray(0, 2),
                Buffer.from([0x09, 0xf1, 0x05, 0x00, 0x00]),
              ]),
            ),
          ),
      })),
    ),
  ],
  [hciCommand.leConnectionUpdate, status(14, updateConnection)],
  [
    hciCommand.leReadRemoteFeatures,
    status(2, (controller, parameters) =>
      onLink(controller, parameters, () => ({
        status: hciStatus.success,
        afterwards: () =>
          controller.emit(
            encodeLeEvent(
              leEvent.readRemoteFeaturesComplete,
              Buffer.concat([Buffer.from([hciStatus.success]), parameters.subarray(0, 2), leFeatures]),
            ),
          ),
      })),
    ),
  ],
  [hciCommand.leRand, complete(0, 8)],
  [hciCommand.leEnableEncryption, status(28, refuseEncryption)],
  [hciCommand.leReadSupportedStates, complete(0, 8)],
  [
    hciCommand.leSetDataLength,
    complete(6, 2, (controller, parameters) => ({
      ...onLink(controller, parameters, () => ({
        status: hciStatus.success,
        afterwards: () =>
          controller.emit(
            encodeLeEvent(leEvent.dataLengthChange, Buffer.concat([parameters.subarray(0, 2), maxDataLength])),
          ),
      })),
      returned: parameters.subarray(0, 2),
    })),
  ],
  [hciCommand.leReadSuggestedDefaultDataLength, complete(0, 4, () => returning(maxDataLength.subarray(0, 4)))],
  [hciCommand.leWriteSuggestedDefaultDataLength, complete(4, 0)],
  [hciCommand.leReadMaxDataLength, complete(0, 8, () => returning(maxDataLength))],
  [hciCommand.leSetDefaultPhy, complete(3, 0)],
]);

function readAdvertisingData(parameters: Buffer): Buffer {
  return Buffer.from(parameters.subarray(1, 1 + Math.min(parameters.readUInt8(0), 31)));
}

function createConnection(controller: Controller, parameters: Buffer): CommandOutcome {
  if (controller.initiating !== undefined) return { status: hciStatus.commandDisallowed };
  if (parameters.readUInt8(4) !== 0) return { status: hciStatus.unsupportedFeature };
  const peerAddress = decodeAddress(parameters.subarray(6, 12));
  if (controller.links.some((link) => link.central === controller.address && link.peripheral === peerAddress)) {
    return { status: hciStatus.connectionAlreadyExists };
  }
  controller.initiating = {
    peerAddress,
    peerAddressType: parameters.readUInt8(5),
    interval: parameters.readUInt16LE(15),
    latency: parameters.readUInt16LE(17),
    supervisionTimeout: parameters.readUInt16LE(19),
  };
  return { status: hciStatus.success, afterwards: () => controller.medium.reconsider() };
}

function cancelConnection(controller: Controller): CommandOutcome {
  const wish = controller.initiating;
  if (wish === undefined) return { status: hciStatus.commandDisallowed };
  if (controller.faults.cancelCrossesConnection && controller.medium.connectNow(controller)) {
    return { status: hciStatus.commandDisallowed };
  }
  controller.initiating = undefined;
  controller.medium.reconsider();
  return {
    status: hciStatus.success,
    afterwards: () => {
      const parameters = Buffer.alloc(18);
      parameters.writeUInt8(hciStatus.unknownConnection, 0);
      parameters.writeUInt8(wish.peerAddressType, 4);
      encodeAddress(wish.peerAddress).copy(parameters, 5);
      controller.emit(encodeLeEvent(leEvent.connectionComplete, parameters));
    },
  };
}

function updateConnection(controller: Controller, parameters: Buffer): CommandOutcome {
  return onLink(controller, parameters, (link) => ({
    status: hciStatus.success,
    afterwards: () => {
      link.parameters = {
        interval: parameters.readUInt16LE(4),
        latency: parameters.readUInt16LE(6),
        supervisionTimeout: parameters.readUInt16LE(8),
      };
      controller.emit(
        encodeLeEvent(
          leEvent.connectionUpdateComplete,
          Buffer.concat([Buffer.from([hciStatus.success]), parameters.subarray(0, 2), parameters.subarray(4, 10)]),
        ),
      );
    },
  }));
}

// No simulated device pairs: encryption always fails for want of a key.
function refuseEncryption(controller: Controller, parameters: Buffer): CommandOutcome {
  return onLink(controller, parameters, () => ({
    status: hciStatus.success,
    afterwards: () =>
      controller.emit(
        encodeEventPacket(
          hciEvent.encryptionChange,
          Buffer.concat([Buffer.from([hciStatus.pinOrKeyMissing]), parameters.subarray(0, 2), Buffer.from([0])]),
        ),
      ),
  }));
}
