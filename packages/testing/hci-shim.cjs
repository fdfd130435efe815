'use strict';

// A stand-in for the native HCI socket of both noble forks. Plain CommonJS without a build, because a `--require`
// preload must run in any process; the TypeScript sources use the same file, so that there is one stand-in only.

const { EventEmitter } = require('node:events');
const Module = require('node:module');
const net = require('node:net');

const MODULES = ['@abandonware/bluetooth-hci-socket', '@stoprocent/bluetooth-hci-socket'];
const EVENT_PACKET = 0x04;
const ACL_PACKET = 0x02;

/** Cuts a byte stream into H4 packets; returns a function that takes chunks and hands whole packets to `onPacket`. */
function createH4Splitter(onPacket, onGarbage) {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const sizeBytes = packetSize(rest);
      if (sizeBytes === 'unknown') {
        rest = Buffer.alloc(0);
        onGarbage();
        return;
      }
      if (sizeBytes === undefined || rest.length < sizeBytes) return;
      const packet = rest.subarray(0, sizeBytes);
      rest = rest.subarray(sizeBytes);
      onPacket(packet);
    }
  };
}

function packetSize(bytes) {
  if (bytes.length === 0) return undefined;
  switch (bytes[0]) {
    case 0x01:
      return bytes.length < 4 ? undefined : 4 + bytes[3];
    case ACL_PACKET:
      return bytes.length < 5 ? undefined : 5 + bytes.readUInt16LE(3);
    case 0x03:
      return bytes.length < 4 ? undefined : 4 + bytes[3];
    case EVENT_PACKET:
      return bytes.length < 3 ? undefined : 3 + bytes[2];
    default:
      return 'unknown';
  }
}

/**
 * The class the forks get for `BluetoothHciSocket`. `endpointFor(deviceId)` gives the controller behind an adapter
 * index: `{ up, send(packet), onPacket(listener), onUpChange(listener), close?() }`; undefined means no such adapter.
 */
function createHciSocketClass(endpointFor) {
  return class BluetoothHciSocket extends EventEmitter {
    #endpoint;
    #detach = [];
    #queue = [];
    #scheduled = false;
    #filter;

    bindRaw(deviceId) {
      return this.#bind(deviceId);
    }

    bindUser(deviceId) {
      return this.#bind(deviceId);
    }

    bindControl() {}

    // The native addon reports every adapter of the machine; nothing on top of this stand-in asks for more than none.
    getDeviceList(callback) {
      if (typeof callback === 'function') callback([]);
      return Promise.resolve([]);
    }

    isDevUp() {
      return this.#endpoint?.up === true;
    }

    start() {
      if (this.#endpoint === undefined || this.#detach.length > 0) return;
      this.#detach = [
        this.#endpoint.onPacket((packet) => this.#receive(packet)),
        this.#endpoint.onUpChange((up) => {
          if (!up) this.#queue.length = 0;
        }),
      ];
    }

    stop() {
      for (const detach of this.#detach.splice(0)) detach();
      this.#queue.length = 0;
      this.#endpoint?.close?.();
    }

    reset() {
      this.write(Buffer.from([0x01, 0x03, 0x0c, 0x00]));
    }

    cleanup() {}

    // As `struct hci_filter` of Linux: a mask of packet types, a 64-bit mask of events, an opcode nobody uses.
    setFilter(filter) {
      this.#filter = {
        types: filter.readUInt32LE(0),
        events: filter.readBigUInt64LE(4),
      };
    }

    write(packet) {
      if (!this.isDevUp()) {
        const error = Object.assign(new Error('Network is down'), { code: 'ENETDOWN', syscall: 'write' });
        setImmediate(() => this.emit('error', error));
        return;
      }
      this.#endpoint.send(packet);
    }

    #bind(deviceId) {
      const index = Number.isInteger(deviceId) ? deviceId : 0;
      this.#endpoint = endpointFor(index);
      if (this.#endpoint === undefined) {
        throw Object.assign(new Error('No such device'), { code: 'ENODEV', syscall: 'bind' });
      }
      return index;
    }

    #receive(packet) {
      if (this.#filter !== undefined && !passes(this.#filter, packet)) return;
      this.#queue.push(packet);
      this.#schedule();
    }

    // The native addon reads one packet per poll: promises run and other sockets are served between two packets.
    #schedule() {
      if (this.#scheduled || this.#queue.length === 0) return;
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        const packet = this.#queue.shift();
        this.#schedule();
        if (packet !== undefined) this.emit('data', Buffer.from(packet));
      });
    }
  };
}

function passes(filter, packet) {
  const type = packet[0];
  if ((filter.types & (1 << type)) === 0) return false;
  return type !== EVENT_PACKET || ((filter.events >> BigInt(packet[1] & 63)) & 1n) === 1n;
}

/** An endpoint on a Unix socket that speaks H4; with a device id, after one line of JSON that names the adapter. */
function connectEndpoint(socketPath, deviceId) {
  const packetListeners = new Set();
  const upListeners = new Set();
  let up = true;
  // Adapters are asked for before the socket can be connected; what is written meanwhile waits inside the socket.
  const socket = net.connect({ path: socketPath });
  const gone = () => {
    if (!up) return;
    up = false;
    socket.destroy();
    for (const listener of upListeners) listener(false);
  };
  if (deviceId !== undefined) socket.write(`${JSON.stringify({ adapter: deviceId })}\n`);
  socket.on('error', gone);
  socket.on('close', gone);
  socket.on(
    'data',
    createH4Splitter((packet) => {
      for (const listener of packetListeners) listener(packet);
    }, gone),
  );
  return {
    get up() {
      return up;
    },
    send(packet) {
      socket.write(packet);
    },
    onPacket(listener) {
      packetListeners.add(listener);
      return () => packetListeners.delete(listener);
    },
    onUpChange(listener) {
      upListeners.add(listener);
      return () => upListeners.delete(listener);
    },
    close: gone,
  };
}

/** Answers `require` of the HCI socket packages of both forks, and of their inner files, until the result is called. */
function installHciShim(endpointFor) {
  const shim = createHciSocketClass(endpointFor);
  shim.loadDriver = () => shim;
  const previous = Module._load;
  const load = function (request, ...rest) {
    return MODULES.some((name) => request === name || request.startsWith(`${name}/`))
      ? shim
      : previous.call(this, request, ...rest);
  };
  Module._load = load;
  return () => {
    if (Module._load === load) Module._load = previous;
  };
}

module.exports = { createH4Splitter, connectEndpoint, installHciShim };
