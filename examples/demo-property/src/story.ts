import { type Client, LatchworkError } from '@latchwork/client';
import type { ActionAttempt, Event } from '@latchwork/contract';
import type { Terminal } from './terminal.js';

/** What one request for a door came to, as the demo tells it. */
export type Outcome =
  | { readonly opened: true; readonly attempt: ActionAttempt; readonly timelineMs: TimelineMs }
  | { readonly opened: false; readonly because: string; readonly explanation: string };

/** Milliseconds from the moment the portal accepted the request. */
export interface TimelineMs {
  readonly accepted: number;
  readonly sent: number | null;
  readonly acknowledged: number | null;
  readonly confirmed: number | null;
}

// #region unlock
/** Asks for one door as the signed-in person, and waits for what the lock itself says. */
export async function requestDoor(app: Client, entranceId: string): Promise<Outcome> {
  try {
    const attempt = await app.unlock({ entranceId, deadlineMs: 10_000, waitSeconds: 15 });
    if (attempt.state === 'confirmed') return { opened: true, attempt, timelineMs: timelineOf(attempt) };
    return { opened: false, because: attempt.code ?? attempt.state, explanation: `the attempt ended ${attempt.state}` };
  } catch (error) {
    if (error instanceof LatchworkError && error.info.code === 'unlock-refused') {
      return { opened: false, because: error.info.because, explanation: error.info.explanation };
    }
    throw error;
  }
}
// #endregion

function timelineOf({ timeline }: ActionAttempt): TimelineMs {
  const since = (at: string | null) => (at === null ? null : Date.parse(at) - Date.parse(timeline.acceptedAt ?? at));
  return {
    accepted: 0,
    sent: since(timeline.sentAt),
    acknowledged: since(timeline.acknowledgedAt),
    confirmed: since(timeline.confirmedAt),
  };
}

/** Tells an outcome to the person at the terminal. */
export function tell(terminal: Terminal, door: string, outcome: Outcome): void {
  if (!outcome.opened) {
    terminal.row(door, `stays shut: ${outcome.explanation} (${outcome.because})`);
    return;
  }
  terminal.row(door, 'opened');
  const facts: Record<keyof TimelineMs, string> = {
    accepted: 'a key covers this person, this door and this moment',
    sent: 'the command left the portal, with its deadline',
    acknowledged: 'the gateway has it in its journal',
    confirmed: 'the lock says that its bolt moved',
  };
  for (const [stage, fact] of Object.entries(facts)) {
    const ms = outcome.timelineMs[stage as keyof TimelineMs];
    terminal.row(`  ${stage}`, `${String(ms ?? '-').padStart(5)} ms   ${fact}`);
  }
}

/** One line about an event of the property; `doorNames` gives the entrances their names. */
export function describe(event: Event, doorNames: ReadonlyMap<string, string>): string {
  const door = 'entranceId' in event ? (doorNames.get(event.entranceId) ?? event.entranceId) : '';
  const end = 'explanation' in event ? event.explanation : 'code' in event ? event.code : '';
  return [event.type, door, end].filter((part) => part !== '').join('  ');
}
