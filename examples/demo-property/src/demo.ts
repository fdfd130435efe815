import { directoryLines } from './directory.js';
import { rooms } from './doors.js';
import type { RunningProperty } from './property.js';
import { describe, requestDoor, type TimelineMs, tell } from './story.js';
import type { Terminal } from './terminal.js';

/** What the story came to, as the last line of `npm start -- --once` says it. */
export interface DemoResult {
  /** The housekeeper's key opened room 101, and the lock's bolt really moved, once. */
  readonly unlocked: boolean;
  /** Room 102 was refused for want of a key, and its bolt did not move. */
  readonly refused: boolean;
  readonly timelineMs: TimelineMs | null;
}

/** The housekeeper asks for the room of her key, then for another one. */
export async function tellStory(property: RunningProperty, terminal: Terminal): Promise<DemoResult> {
  const { doors, housekeeper, entranceId } = property;
  terminal.title('A housekeeper with a key for room 101');
  const before = { right: doors.lock('101').boltMoves, wrong: doors.lock('102').boltMoves };
  const right = await requestDoor(housekeeper, entranceId('101'));
  tell(terminal, 'room 101', right);
  const wrong = await requestDoor(housekeeper, entranceId('102'));
  tell(terminal, 'room 102', wrong);
  return {
    unlocked: right.opened && doors.lock('101').boltMoves === before.right + 1,
    refused: !wrong.opened && wrong.because === 'no-key' && doors.lock('102').boltMoves === before.wrong,
    timelineMs: right.opened ? right.timelineMs : null,
  };
}

/** Says what to try, and prints the property's events until the demo is stopped. */
export async function keepRunning(property: RunningProperty, terminal: Terminal, signal: AbortSignal): Promise<void> {
  await property.inviteVisitor();
  const token = await property.housekeeperToken();
  const curl = (room: (typeof rooms)[number]) =>
    [
      `curl -sS -X POST '${property.baseUrl}/v1/entrances/${property.entranceId(room)}/unlock'`,
      `-H 'Authorization: Bearer ${token}' -H "Idempotency-Key: $(date +%s%N)" -H 'Prefer: wait=10' -w '\\n'`,
    ].join(' ');
  terminal.title('Try next, in another terminal: the door of the key, and another one');
  terminal.line(curl('101'));
  terminal.line(curl('102'));
  terminal.title('Then as yourself, or as the owner');
  terminal.line('Open the link mailed to you@seaview.example above: it makes you a General Manager.');
  terminal.line(`The owner's address and password stand in ${property.memoryPath}. Either signs in with`);
  terminal.line(
    `curl -sS '${property.baseUrl}/v1/sessions' -H 'content-type: application/json' -d '{"email":"…","password":"…","channel":"dashboard"}'`,
  );
  terminal.title('Or bring in the users of a directory: forty people of a Microsoft 365 tenant that is only played');
  const connected = await property.connectDirectory();
  for (const line of directoryLines({ baseUrl: property.baseUrl, ...connected })) terminal.line(line);
  terminal.title('What happens on the property (Ctrl-C ends everything)');
  const doorNames = new Map(rooms.map((room) => [property.entranceId(room), `room ${room}`]));
  // #region follow
  for await (const event of property.owner.events.follow({ propertyId: property.propertyId, signal })) {
    terminal.row(event.occurredAt.slice(11, 23), describe(event, doorNames));
  }
  // #endregion
}
