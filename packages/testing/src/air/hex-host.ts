import type { FakeClock } from '../fake-clock.js';
import { hciCommand } from '../hci/codes.js';
import { encodeAddress, encodeCommandPacket } from '../hci/packets.js';
import type { VirtualAir } from './air.js';
import type { ControllerOptions, VirtualController } from './controller.js';

/** A host that keeps what its controller says, as hex. */
export interface Host {
  readonly controller: VirtualController;
  readonly heard: string[];
  command(opcode: number, parameters?: string): void;
  /** Lets the event loop turn, and takes what has been said since. */
  said(): Promise<string[]>;
}

/** Puts a host with its own controller on an air. */
export function addHost(air: VirtualAir, clock: FakeClock, options: ControllerOptions): Host {
  const controller = air.addController(options);
  const heard: string[] = [];
  controller.onPacket((packet) => heard.push(packet.toString('hex')));
  return {
    controller,
    heard,
    command: (opcode, parameters = '') => controller.send(encodeCommandPacket(opcode, Buffer.from(parameters, 'hex'))),
    async said() {
      await clock.advance(0);
      return heard.splice(0);
    },
  };
}

/** Advertises every 20 ms, connectable and scannable. */
export function startAdvertising(host: Host): void {
  host.command(hciCommand.leSetAdvertisingParameters, '200020000000000000000000000700');
  host.command(hciCommand.leSetAdvertisingData, `03020106${'00'.repeat(28)}`);
  host.command(hciCommand.leSetScanResponseData, `020109${'00'.repeat(29)}`);
  host.command(hciCommand.leSetAdvertisingEnable, '01');
}

/** Asks the controller to connect: 7.5 to 22.5 ms, supervision timeout 420 ms. */
export function createConnection(host: Host, address: string): void {
  const peer = encodeAddress(address).toString('hex');
  host.command(hciCommand.leCreateConnection, `600030000000${peer}000600120000002a0004000600`);
}
