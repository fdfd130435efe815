import { type Client, LatchworkError } from '@latchwork/client';
import { isEndState } from '@latchwork/contract';
import { type DoorCommand, giveCommand } from './lock-command.js';
import { openPortalTunnel, type PortalTunnel, wordOf } from './portal-tunnel.js';
import { withinTime } from './time-bound.js';
import { endWithoutAnswer, outcomeOf, type WayOutcome } from './unlock-result.js';

/** What of the client the ways of the portal need. */
export type PortalAccess = Pick<Client, 'tunnels' | 'unlock' | 'attempts'>;

const shortestMs = 2_000;
/** How long the portal is told how a command ended; what it does not hear it learns from the lock's log. */
const tellingMs = 2_000;

/** Opens the door past portal and gateway, which see neither the command nor the lock's answer. */
export async function openThroughTunnel(portal: PortalAccess, command: DoorCommand): Promise<WayOutcome> {
  const { entranceId, commandId, signal, clock } = command;
  const deadlineMs = Math.floor(command.leftMs());
  if (deadlineMs < shortestMs) return { passed: 'no-time' };
  let tunnel: PortalTunnel;
  let isLate = false;
  try {
    tunnel = await withinTime({ clock, signal, ms: deadlineMs }, async () => {
      const opened = await openPortalTunnel(portal, { entranceId, deadlineMs, commandId });
      if (isLate) await opened.end({ outcome: 'not-executed', code: 'caller-gone' }).catch(() => undefined);
      return opened;
    });
  } catch (error) {
    isLate = true;
    // Frames alone can open the door, and none was sent.
    return refusalOf(error) ?? { passed: 'portal-unreachable', cause: error };
  }
  const { attemptId, link, code } = tunnel;
  if (link === null) return { passed: code === 'gateway-offline' ? code : 'lock-unreachable', cause: code };
  const given = await giveCommand(command, { link, via: 'remote' });
  // Told also of a command that its caller has left.
  const told = new AbortController();
  await withinTime({ clock, signal: told.signal, ms: tellingMs }, async () => await tunnel.end(wordOf(given))).catch(
    () => undefined,
  );
  return outcomeOf(given, attemptId);
}

/** Which entrance a token is asked for, and within which time. */
export interface TokenRequest {
  readonly entranceId: string;
  leftMs(): number;
  readonly signal: AbortSignal;
}

/** How long after the deadline the end of an attempt may still be told. */
const graceMs = 5_000;

/** Has the portal open the door: with a token for one command, for whoever the client is signed in as. */
export async function openByToken(portal: PortalAccess, request: TokenRequest): Promise<WayOutcome> {
  const { entranceId, signal } = request;
  const deadlineMs = Math.floor(request.leftMs());
  if (deadlineMs < shortestMs) return { passed: 'no-time' };
  let attemptId: string | null = null;
  try {
    const waitSeconds = Math.ceil(deadlineMs / 1000);
    let attempt = await portal.unlock({ entranceId, deadlineMs, waitSeconds }, { signal });
    attemptId = attempt.id;
    if (!isEndState(attempt.state)) {
      const timeoutMs = Math.max(0, request.leftMs()) + graceMs;
      attempt = await portal.attempts.waitFor(attempt.id, { timeoutMs, signal });
    }
    const { state } = attempt;
    const outcome = state === 'confirmed' ? 'executed' : state === 'unknown' ? 'unknown' : 'refused';
    return { ended: { outcome, code: attempt.code ?? state, bolt: null, batteryPercent: null, attemptId } };
  } catch (error) {
    const refused = attemptId === null ? refusalOf(error) : undefined;
    return refused ?? { ended: endWithoutAnswer('unknown', 'no-answer', attemptId) };
  }
}

/** What a reply that says no means; `undefined`: there was no reply, or one that does not say what was done. */
function refusalOf(error: unknown): WayOutcome | undefined {
  if (!(error instanceof LatchworkError)) return undefined;
  const { info } = error;
  switch (info.code) {
    case 'network':
    case 'timeout':
    case 'aborted':
    case 'invalid-response':
      return undefined;
    case 'unlock-refused':
      return { ended: endWithoutAnswer('refused', info.because, null) };
    case 'gateway-offline':
      return { passed: 'gateway-offline', cause: error };
    default:
      return info.status >= 500 ? undefined : { passed: 'portal-refused', cause: error };
  }
}
