import * as z from 'zod/mini';
import { findHolder } from '../data-dir.js';
import { type Finding, findingsOf } from './finding.js';
import { setSetting } from './remedy.js';

/** What answers where health is served: nobody, a gateway with what it misses, or some other program. */
export type HealthAnswer = 'silent' | 'other-program' | { readonly missing: readonly string[] };

/** Whether a gateway runs here already. */
export interface HealthFacts {
  /** Where health is served; null when it is switched off or not known. */
  readonly http: { readonly host: string; readonly port: number } | null;
  /** The process that holds the data folder; null when nobody does. */
  readonly holder: number | null | 'unreadable';
  readonly answer: HealthAnswer;
}

/** Whether a second connection in the gateway's name would push a running one off the broker. */
export type Running = 'yes' | 'no' | 'unknown';

/** Says from the facts whether this gateway runs. */
export function decideRunning({ holder, answer }: HealthFacts): Running {
  if (typeof holder === 'number' || typeof answer === 'object') return 'yes';
  return holder === 'unreadable' ? 'unknown' : 'no';
}

/** A running gateway is asked how it is; where none runs, its port must be free. */
export function decideHealth(facts: HealthFacts): readonly Finding[] {
  const { ok, warning, failure } = findingsOf('health');
  const { http, holder, answer } = facts;
  const process = typeof holder === 'number' ? ` (process ${holder})` : '';
  const log = 'sudo journalctl --unit=latchwork-gateway --since=-10min';
  if (typeof answer === 'object') {
    return answer.missing.length === 0
      ? [ok(`The gateway runs${process} and is ready.`)]
      : [failure(`The gateway runs${process}, but is without ${answer.missing.join(' and ')}.`, log)];
  }
  if (answer === 'other-program' && http !== null) {
    return [
      failure(
        `Another program answers at ${http.host}:${http.port}, where the gateway would serve health.`,
        setSetting('LATCHWORK_HTTP_PORT', `${http.port + 1}`),
      ),
    ];
  }
  switch (decideRunning(facts)) {
    case 'yes':
      return http === null
        ? [ok(`The gateway runs${process}; health is switched off.`)]
        : [
            failure(
              `The gateway runs${process}, but does not answer at ${http.host}:${http.port}.`,
              'sudo systemctl restart latchwork-gateway',
            ),
          ];
    case 'unknown':
      return [
        warning(
          'This account may not read who holds the data folder, so the gateway may be running.',
          'systemctl status latchwork-gateway',
        ),
      ];
    case 'no':
      return [ok('No gateway runs in the data folder yet.')];
  }
}

const readyz = z.object({ ready: z.boolean(), missing: z.array(z.enum(['broker', 'radio'])) });
const answerLimitMs = 5_000;

/** Asks the data folder and the port of health. */
export async function gatherHealth(dataDir: string | null, http: HealthFacts['http']): Promise<HealthFacts> {
  const holder = dataDir === null ? null : await findHolder(dataDir);
  if (http === null) return { http, holder, answer: 'silent' };
  // Who listens everywhere is asked on this machine.
  const host = ['0.0.0.0', '::'].includes(http.host) ? 'localhost' : http.host;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${http.port}/readyz`;
  let response: Response;
  try {
    response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(answerLimitMs) });
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    return { http, holder, answer: cause?.code?.startsWith('HPE_') ? 'other-program' : 'silent' };
  }
  const body = readyz.safeParse(await response.json().catch(() => null));
  return { http, holder, answer: body.success ? { missing: body.data.missing } : 'other-program' };
}
