import type { GatewayMessage } from '@latchwork/contract';
import type { GatewayId, Instant } from '@latchwork/core';
import { certificateWarningMs } from '../access/certificate-watch.js';
import type { Identifiers } from '../identifiers.js';
import type { Draft, Ledger } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import { alarmName } from '../store/row-indexes.js';
import type { AlarmSubject } from '../store/schema/alarms.js';
import type { Row } from '../store/store.js';
import { timestampOf, timestampOrNull } from '../wire-time.js';
import { clearAlarm, type RaisedAlarm, raiseAlarm } from './alarm-record.js';
import type { LockHearings } from './lock-hearing.js';

/** Looks now and then for what somebody has to see to. */
export interface AlarmWatch {
  /** Takes what a gateway tells of itself: its clock, and what it hears. */
  told(gatewayId: GatewayId, status: GatewayMessage<'status'>): Promise<void>;
  /** Raises and clears what is due. */
  check(): Promise<void>;
}

/** What it stands on. */
export interface AlarmWatchParts {
  readonly projection: Projection;
  readonly ledger: Pick<Ledger, 'write'>;
  readonly identifiers: Identifiers;
  readonly hearings: LockHearings;
  readonly clock: { now(): Instant };
  /** Whether this process is the one that looks after gateways that are at none. */
  readonly isFirst: () => boolean;
  /** When a gateway was last heard from. */
  readonly lastSeenAt: (gatewayId: GatewayId) => Instant | null;
}

/** After a start of the portal gateways have so long to come back. */
const comebackMs = 30_000;
/** A lock sends out its tag about every second; a gateway tells of it every 30 s. */
const silenceMs = 75_000;
/** What other processes know of a lock comes so much later. */
const elsewhereMs = 90_000;
const driftMs = 30_000;
const driftEndMs = 15_000;

/** One thing that may have to be seen to: why it is raised, or `undefined` where there is no reason (any more). */
interface Finding {
  readonly subject: AlarmSubject;
  readonly kind: RaisedAlarm['cause']['kind'];
  readonly raised: RaisedAlarm | undefined;
}

/** Creates the watch. */
export function createAlarmWatch(parts: AlarmWatchParts): AlarmWatch {
  const { projection, ledger, hearings, clock, isFirst } = parts;
  const startedAt = clock.now();
  /** Gateways that were offline when the portal started, and have not been back since. */
  const awaited = new Set(projection.gateways.all().flatMap(({ id, online }) => (online ? [] : [id])));
  /** What each gateway's clock showed when it told last: a broker may have kept the first word for days. */
  const clocks = new Map<GatewayId, { readonly bootId: string; readonly at: number }>();

  const raise = (draft: Draft, raised: RaisedAlarm): void => raiseAlarm(draft, parts, raised);
  const isNews = ({ subject, kind, raised }: Finding): boolean =>
    (raised === undefined) === (projection.alarms.byUnique(alarmName(subject, kind)) !== undefined);
  const settle = async (find: () => readonly Finding[]): Promise<void> => {
    if (!find().some(isNews)) return;
    await ledger.write((draft) => {
      for (const finding of find().filter(isNews)) {
        if (finding.raised === undefined) clearAlarm(draft, parts, finding);
        else raise(draft, finding.raised);
      }
    });
  };

  const offline = (gateway: Row<'gateway'>, now: Instant): Finding => {
    const { id, online, propertyId } = gateway;
    if (online) awaited.delete(id);
    const lastSeenAt = parts.lastSeenAt(id);
    const isGone = !online && lastSeenAt !== null && (!awaited.has(id) || now - startedAt >= comebackMs);
    const cause = { kind: 'gateway-offline', gatewayId: id, lastSeenAt: timestampOrNull(lastSeenAt) } as const;
    return { subject: id, kind: cause.kind, raised: isGone ? { propertyId, subject: id, cause } : undefined };
  };

  const isResetByLog = (deviceId: Row<'device'>['id']): boolean => {
    const cause = projection.alarms.byUnique(alarmName(deviceId, 'lock-reset'))?.cause;
    return cause?.kind === 'lock-reset' && cause.sign === 'log';
  };

  /** It is renewed long before: this one could not be. */
  const ending = ({ propertyId, use, expiresAt }: Row<'propertySigner'>, now: Instant): Finding => {
    const subject = `${propertyId}/${use}` as const;
    const cause = { kind: 'certificate-ending', use, endsAt: timestampOf(expiresAt) } as const;
    const isEnding =
      expiresAt - now <= certificateWarningMs && projection.properties.get(propertyId)?.removedAt === null;
    return { subject, kind: cause.kind, raised: isEnding ? { propertyId, subject, cause } : undefined };
  };

  /** Nothing is said of a lock while no gateway is there that would hear it. */
  const silent = (device: Row<'device'>, now: Instant): readonly Finding[] => {
    const { id, propertyId } = device;
    const online = projection.gateways.group(propertyId).filter((gateway) => gateway.online);
    const ears = online.flatMap((gateway) => hearings.ear(gateway.id, now) ?? []);
    const patienceMs = ears.length < online.length ? silenceMs + elsewhereMs : silenceMs;
    const heard = hearings.of(id);
    const lastHeardAt = heard.reduce<Instant | null>((last, { heardAt }) => later(last, heardAt), null);
    const isHeard = lastHeardAt !== null && now - lastHeardAt < patienceMs;
    const isListening = ears.some(({ since }) => now - since >= patienceMs) && !ears.some(({ isCut }) => isCut);
    if (!isHeard && !isListening) return [];
    const unheard = { kind: 'lock-unheard', deviceId: id, lastHeardAt: timestampOrNull(lastHeardAt) } as const;
    const isReset =
      !isHeard && lastHeardAt !== null && hearings.isKnownHere(id) && ears.some((ear) => hasNewcomer(ear, lastHeardAt));
    const reset = { kind: 'lock-reset', deviceId: id, sign: 'advertised' } as const;
    return [
      { subject: id, kind: unheard.kind, raised: isHeard ? undefined : { propertyId, subject: id, cause: unheard } },
      // Once raised it stays until the lock itself is heard again: the newcomer may be commissioned by whoever reset it. What a log
      // tells of a reset, no hearing takes back.
      ...((isHeard && !isResetByLog(id)) || isReset
        ? [{ subject: id, kind: reset.kind, raised: isHeard ? undefined : { propertyId, subject: id, cause: reset } }]
        : []),
    ];
  };

  return {
    told: async (gatewayId, status) => {
      hearings.told(gatewayId, status);
      const gateway = projection.gateways.get(gatewayId);
      const { online, bootId, at } = status;
      const before = clocks.get(gatewayId);
      clocks.set(gatewayId, { bootId, at });
      if (!online || gateway === undefined || before?.bootId !== bootId || before.at === at) return;
      const offsetMs = at - clock.now();
      const kind = 'clock-drift';
      const isRaised = projection.alarms.byUnique(alarmName(gatewayId, kind)) !== undefined;
      const isOff = Math.abs(offsetMs) > (isRaised ? driftEndMs : driftMs);
      const cause = { kind, gatewayId, offsetMs } as const;
      const raised = isOff ? { propertyId: gateway.propertyId, subject: gatewayId, cause } : undefined;
      await settle(() => [{ subject: gatewayId, kind, raised }]);
    },
    check: async () => {
      const now = clock.now();
      await settle(() => [
        ...(isFirst() ? projection.gateways.all().map((gateway) => offline(gateway, now)) : []),
        ...projection.devices.all().flatMap((device) => silent(device, now)),
        ...(isFirst() ? projection.signers.all().map((signer) => ending(signer, now)) : []),
      ]);
    },
  };
}

/** Whether a lock that is nobody's was first heard when another one fell silent. */
function hasNewcomer({ unowned }: { readonly unowned: ReadonlyMap<string, Instant> }, lastHeardAt: Instant): boolean {
  return [...unowned.values()].some((firstHeardAt) => firstHeardAt >= lastHeardAt - overlapMs);
}

/** How much earlier than the last word of a lock's old self its new self may be heard, by clocks that tell in steps. */
const overlapMs = 5_000;

function later(a: Instant | null, b: Instant): Instant {
  return a === null || b > a ? b : a;
}
