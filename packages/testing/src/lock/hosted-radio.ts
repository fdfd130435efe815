import type { HciEndpoint } from '../air/controller.js';
import type { GattRadio } from '../gatt/gatt-server.js';
import { h4, hciCommand, hciEvent } from '../hci/codes.js';
import { decodeAddress, encodeCommandPacket } from '../hci/packets.js';

/** A controller that is not one of a virtual air of this process, as a lock's radio. */
export interface HostedRadio extends GattRadio {
  /** Without power it is reset and silent, and whoever was connected loses the link. */
  setPower(on: boolean): void;
}

/**
 * Takes a controller for a lock: resets it and asks for its address. `undefined` when it does not answer within
 * `timeoutMs`, or goes away.
 */
export async function openHostedRadio(
  endpoint: HciEndpoint,
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<HostedRadio | undefined> {
  const reset = (): void => endpoint.send(encodeCommandPacket(hciCommand.reset));
  const address = await new Promise<string | undefined>((resolve) => {
    const timer = setTimeout(() => end(undefined), timeoutMs);
    const detach = [
      endpoint.onPacket((packet) => {
        const isAnswer = packet[0] === h4.event && packet[1] === hciEvent.commandComplete && packet.length >= 13;
        if (!isAnswer || packet.readUInt16LE(4) !== hciCommand.readBdAddr) return;
        end(packet[6] === 0 ? decodeAddress(packet.subarray(7, 13)) : undefined);
      }),
      endpoint.onUpChange((up) => {
        if (!up) end(undefined);
      }),
    ];
    function end(found: string | undefined): void {
      clearTimeout(timer);
      for (const each of detach) each();
      resolve(found);
    }
    reset();
    endpoint.send(encodeCommandPacket(hciCommand.readBdAddr));
  });
  if (address === undefined) return undefined;

  const listeners = new Set<(up: boolean) => void>();
  let powered = true;
  const tell = (up: boolean): void => {
    for (const listener of [...listeners]) listener(up);
  };
  endpoint.onUpChange((up) => {
    if (powered) tell(up);
  });
  return {
    address,
    links: [],
    get up() {
      return powered && endpoint.up;
    },
    send(packet) {
      if (powered) endpoint.send(packet);
    },
    onPacket: (listener) =>
      endpoint.onPacket((packet) => {
        if (powered) listener(packet);
      }),
    onUpChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    reset,
    setPower(on) {
      if (on === powered) return;
      if (!on) reset();
      powered = on;
      tell(on);
    },
  };
}
