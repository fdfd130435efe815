import { userInfo } from 'node:os';
import { type Finding, findingsOf } from './finding.js';

/** Who looks; `name` is null for a number that has none on this machine. */
export interface AccountFacts {
  readonly uid: number;
  readonly name: string | null;
}

/** The command by which the doctor looks with the rights and the settings that the packaged unit gives. */
export const lookAsTheService = [
  'sudo systemd-run --wait --pipe --collect',
  '--property=User=latchwork-gateway',
  '--property=EnvironmentFile=/etc/latchwork/gateway.env',
  '--setenv=LATCHWORK_DATA_DIR=/var/lib/latchwork-gateway --setenv=LATCHWORK_ADAPTER=0',
  '--property=AmbientCapabilities=CAP_NET_RAW',
  'latchwork-gateway doctor',
].join(' ');

/** Root may read, write and send everything, so what root finds in order says little about the service. */
export function decideAccount({ uid, name }: AccountFacts): readonly Finding[] {
  const { ok, warning } = findingsOf('account');
  return uid === 0
    ? [warning('This ran as root, who may do everything; the account of the service may not.', lookAsTheService)]
    : [ok(`This ran as ${name ?? `user ${uid}`}.`)];
}

/** Finds out who this process is. */
export function gatherAccount(): AccountFacts {
  try {
    const { uid, username } = userInfo();
    return { uid, name: username };
  } catch {
    return { uid: process.getuid?.() ?? -1, name: null };
  }
}
