import type { GattConnection, GattServer } from '@latchwork/testing';
import type { Visit } from './messages.js';

/** Keeps the sizes of what is said on the connections of one lock. */
export interface VisitRecorder {
  /** Every connection since the last call on which anything was said. */
  take(): readonly Visit[];
}

const writeOpcodes: readonly number[] = [0x12, 0x52];
/** Opcode and attribute handle before the value. */
const headerSizeBytes = 3;

/** Listens at a lock's server; what is said passes unchanged. */
export function recordVisits(server: GattServer): VisitRecorder {
  let visits: Visit[number][][] = [];
  const current = new WeakMap<GattConnection, Visit[number][]>();
  server.events.on('connected', ({ connection }) => {
    const visit: Visit[number][] = [];
    current.set(connection, visit);
    visits.push(visit);
    const { notify } = connection;
    Object.assign(connection, {
      notify(uuid: string, value: Uint8Array) {
        visit.push(['notify', value.length]);
        return notify(uuid, value);
      },
    } satisfies Partial<GattConnection>);
  });
  server.faults.onRequest = ({ opcode, pdu, characteristic }, connection) => {
    if (writeOpcodes.includes(opcode) && characteristic !== undefined && pdu.length > 2 + headerSizeBytes) {
      current.get(connection)?.push(['write', pdu.length - headerSizeBytes]);
    }
    return undefined;
  };
  return {
    take() {
      const taken = visits.filter((visit) => visit.length > 0);
      visits = [];
      return taken;
    },
  };
}
