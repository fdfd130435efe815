import { addressAt, hciEvent, leEvent, packetKind } from './hci-packet.js';

/** What is left of one advertising report event. */
export interface FilteredReports {
  /** How many reports the event carried, of whatever device: proof that scanning works. */
  readonly reports: number;
  /** The event with only the locks' reports in it, or `undefined` when there is none. */
  readonly packet: Uint8Array | undefined;
}

const serviceLists: ReadonlySet<number> = new Set([0x06, 0x07]);
const serviceData = 0x21;

// Keeps the parts that name the service and drops every other: noble throws on some of them (an empty TX power, an empty
// 16-bit service data), and in extended mode outside any try.
function keepServiceParts(data: Uint8Array, service: Uint8Array): Uint8Array | undefined {
  const kept: Uint8Array[] = [];
  let named = false;
  for (let at = 0; at + 1 < data.length; ) {
    const length = data[at] ?? 0;
    if (length === 0) break;
    if (at + 1 + length > data.length) return undefined;
    const type = data[at + 1] ?? 0;
    const value = data.subarray(at + 2, at + 1 + length);
    if (serviceLists.has(type) && value.length % 16 === 0) {
      kept.push(data.subarray(at, at + 1 + length));
      for (let uuid = 0; uuid < value.length; uuid += 16) named ||= startsWith(value.subarray(uuid), service);
    } else if (type === serviceData && startsWith(value, service)) {
      kept.push(data.subarray(at, at + 1 + length));
      named = true;
    }
    at += 1 + length;
  }
  return named ? Buffer.concat(kept) : undefined;
}

function startsWith(value: Uint8Array, prefix: Uint8Array): boolean {
  return value.length >= prefix.length && prefix.every((octet, index) => value[index] === octet);
}

/** The 16 little-endian octets of a 128-bit UUID, as advertising data carries them. */
export function uuidOctets(uuid: string): Uint8Array {
  return Uint8Array.from(Buffer.from(uuid.replaceAll('-', ''), 'hex')).reverse();
}

/**
 * Reduces an LE Advertising Report event to the reports of locks, and each of those to the parts that name the service
 * (`service`: its octets on the air). noble remembers every address it has ever seen, so `admit` decides whether one
 * more is let through.
 */
export function filterAdvertisingReports(
  packet: Uint8Array,
  service: Uint8Array,
  admit: (address: string) => boolean,
): FilteredReports {
  const count = packet[4] ?? 0;
  const kept: Uint8Array[] = [];
  let at = 5;
  let reports = 0;
  for (; reports < count; reports += 1) {
    const dataBytes = packet[at + 8];
    if (dataBytes === undefined || at + 10 + dataBytes > packet.length) break;
    const data = keepServiceParts(packet.subarray(at + 9, at + 9 + dataBytes), service);
    if (data !== undefined && admit(addressAt(packet, at + 2))) {
      const head = packet.subarray(at, at + 8);
      const rssi = packet[at + 9 + dataBytes] ?? 0;
      kept.push(Buffer.concat([head, Uint8Array.of(data.length), data, Uint8Array.of(rssi)]));
    }
    at += 10 + dataBytes;
  }
  if (kept.length === 0) return { reports, packet: undefined };
  const body = Buffer.concat(kept);
  const header = [packetKind.event, hciEvent.leMeta, body.length + 2, leEvent.advertisingReport, kept.length];
  return { reports, packet: Buffer.concat([Uint8Array.from(header), body]) };
}
