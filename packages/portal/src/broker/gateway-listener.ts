import type { AlarmWatch } from '../alarms/alarm-watch.js';
import type { Locks } from '../locks/open-locks.js';
import type { OwnTunnels } from '../unlock/own-tunnels.js';
import type { TunnelDesk } from '../unlock/tunnel-desk.js';
import type { UnlockDesk } from '../unlock/unlock-desk.js';
import type { GatewayListener } from './gateway-link.js';
import type { GatewayPresence } from './gateway-presence.js';

/** Who in the portal hears what gateways say. */
export interface GatewayListenerParts {
  readonly desk: Pick<UnlockDesk, 'acknowledged' | 'challenged' | 'reported'>;
  readonly locks: Pick<Locks, 'desiring' | 'heard' | 'logged' | 'time' | 'reported'>;
  readonly tunnels: Pick<TunnelDesk, 'gone' | 'told'>;
  readonly ownTunnels: Pick<OwnTunnels, 'gone' | 'told'>;
  readonly presence: Pick<GatewayPresence, 'connection' | 'status'>;
  readonly alarms: Pick<AlarmWatch, 'told'>;
}

/** Creates the listener that brings each report to whom it is for. */
export function createGatewayListener(parts: GatewayListenerParts): GatewayListener {
  const { desk, locks, tunnels, ownTunnels, presence, alarms } = parts;
  return {
    connection: (change) => {
      if (!change.connected) {
        tunnels.gone(change.gatewayId);
        ownTunnels.gone(change.gatewayId);
      }
      presence.connection(change);
    },
    desiring: locks.desiring,
    report: async (report) => {
      switch (report.kind) {
        case 'ack':
          return await desk.acknowledged(report.gatewayId, report.message);
        case 'challenge':
          return await desk.challenged(report.gatewayId, report.message);
        case 'evt':
          return await desk.reported(report.gatewayId, report.message);
        case 'log':
          return await locks.logged(report);
        case 'tunnel':
          if (ownTunnels.told(report.gatewayId, report.message)) return;
          return await tunnels.told(report.gatewayId, report.message);
        case 'time':
          return locks.time(report.gatewayId, report.message);
        case 'reported':
          return await locks.reported(report);
        case 'status':
          await presence.status(report.gatewayId, report.message);
          await locks.heard(report.gatewayId, report.message);
          return await alarms.told(report.gatewayId, report.message);
      }
    },
  };
}
