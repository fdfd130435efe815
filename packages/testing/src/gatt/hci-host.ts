import type { HciEndpoint } from '../air/controller.js';
import { h4, hciCommand, hciEvent, leEvent } from '../hci/codes.js';
import { decodeAclPacket, decodeAddress, encodeAclPacket, encodeCommandPacket } from '../hci/packets.js';

/** What an HCI host tells the layer above it. */
export interface HciHostListener {
  readonly onConnected: (o: { readonly handle: number; readonly peerAddress: string }) => void;
  readonly onDisconnected: (o: { readonly handle: number; readonly reason: number }) => void;
  readonly onAcl: (o: { readonly handle: number; readonly start: boolean; readonly data: Buffer }) => void;
}

/** The host half of HCI for a peripheral: commands with their answers, connections, and ACL data within the credits. */
export interface HciHost {
  /** Sends a command and gives what Command Complete returned after the status; rejects on any other status. */
  command(opcode: number, parameters?: Uint8Array): Promise<Buffer>;
  /** Reads the size of the controller's buffers; needed once after each reset before `sendAcl`. */
  readBuffers(): Promise<void>;
  /** Sends one ACL payload, fragmented to what the controller takes. */
  sendAcl(handle: number, data: Uint8Array): void;
  /** Forgets every pending command and packet. */
  forget(): void;
  close(): void;
}

interface PendingCommand {
  readonly opcode: number;
  readonly resolve: (returned: Buffer) => void;
  readonly reject: (error: Error) => void;
}

/** Starts an HCI host on an endpoint. */
export function createHciHost(endpoint: HciEndpoint, listener: HciHostListener): HciHost {
  let commands: PendingCommand[] = [];
  let outgoing: { readonly handle: number; readonly packet: Buffer }[] = [];
  const inFlight = new Map<number, number>();
  let buffers = { length: 27, count: 1 };

  const flush = (): void => {
    for (;;) {
      const used = [...inFlight.values()].reduce((sum, count) => sum + count, 0);
      const next = outgoing[0];
      if (next === undefined || used >= buffers.count) return;
      outgoing.shift();
      const now = inFlight.get(next.handle);
      if (now === undefined) continue;
      inFlight.set(next.handle, now + 1);
      endpoint.send(next.packet);
    }
  };

  const settle = (opcode: number, status: number, returned: Buffer): void => {
    const index = commands.findIndex((pending) => pending.opcode === opcode);
    const pending = commands[index];
    if (pending === undefined) return;
    commands.splice(index, 1);
    if (status === 0) pending.resolve(returned);
    else pending.reject(new Error(`HCI command 0x${opcode.toString(16)} failed with status 0x${status.toString(16)}`));
  };

  const onEvent = (packet: Buffer): void => {
    const parameters = packet.subarray(3);
    switch (packet.readUInt8(1)) {
      case hciEvent.commandComplete:
        settle(parameters.readUInt16LE(1), parameters.readUInt8(3), parameters.subarray(4));
        return;
      case hciEvent.commandStatus:
        settle(parameters.readUInt16LE(2), parameters.readUInt8(0), Buffer.alloc(0));
        return;
      case hciEvent.numberOfCompletedPackets: {
        const handle = parameters.readUInt16LE(1);
        const now = inFlight.get(handle);
        if (now !== undefined) inFlight.set(handle, Math.max(0, now - parameters.readUInt16LE(3)));
        flush();
        return;
      }
      case hciEvent.disconnectionComplete: {
        const handle = parameters.readUInt16LE(1);
        inFlight.delete(handle);
        outgoing = outgoing.filter((waiting) => waiting.handle !== handle);
        listener.onDisconnected({ handle, reason: parameters.readUInt8(3) });
        flush();
        return;
      }
      case hciEvent.leMeta: {
        if (parameters.readUInt8(0) !== leEvent.connectionComplete || parameters.readUInt8(1) !== 0) return;
        const handle = parameters.readUInt16LE(2);
        inFlight.set(handle, 0);
        listener.onConnected({ handle, peerAddress: decodeAddress(parameters.subarray(6, 12)) });
      }
    }
  };

  const detach = endpoint.onPacket((packet) => {
    const acl = decodeAclPacket(packet);
    if (acl !== undefined) listener.onAcl(acl);
    else if (packet[0] === h4.event) onEvent(packet);
  });

  const command = (opcode: number, parameters?: Uint8Array): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      commands.push({ opcode, resolve, reject });
      endpoint.send(encodeCommandPacket(opcode, parameters));
    });

  const forget = (): void => {
    commands = [];
    outgoing = [];
    inFlight.clear();
  };

  return {
    command,
    async readBuffers() {
      const returned = await command(hciCommand.leReadBufferSize);
      buffers = { length: returned.readUInt16LE(0), count: returned.readUInt8(2) };
    },
    sendAcl(handle, data) {
      for (let offset = 0; offset === 0 || offset < data.length; offset += buffers.length) {
        outgoing.push({
          handle,
          packet: encodeAclPacket({
            handle,
            boundary: offset === 0 ? 'first-to-controller' : 'continuing',
            data: data.subarray(offset, offset + buffers.length),
          }),
        });
      }
      flush();
    },
    forget,
    close() {
      detach();
      forget();
    },
  };
}
