import { doorHandlers, settleDoor } from '../cards/door-machine.js';
import { forgetEverything } from '../commissioning/lock-reset.js';
import { settleFirmware } from '../firmware/firmware-house.js';
import { encodeLogNumbers } from '../log/lock-log.js';
import { boltStates } from '../message.js';
import { disconnect } from './end-session.js';
import { type LogFact, logAtLock, nobody, noCommand } from './lock-entry.js';
import { lockLimits } from './lock-limits.js';
import type { HouseEvent, LockContext, LockEvent, LockNotice, LockState, LockStep } from './lock-state.js';

type HouseHandlers = {
  readonly [Type in HouseEvent['type']]: (
    context: LockContext,
    state: LockState,
    event: Extract<HouseEvent, { type: Type }>,
  ) => LockStep;
};

const handlers: HouseHandlers = {
  ...doorHandlers,
  booted: settleFirmware,
  noticed: (context, state, { readings, notice }) => {
    const logged = logAtLock(context, state.memory, { readings, entry: factOf(notice) });
    return { state: { ...state, memory: logged.memory }, effects: logged.effects };
  },
  present: (_context, state, { at }) => ({
    state: { ...state, awake: { ...state.awake, presentUntil: at + lockLimits.presenceMs } },
    effects: [],
  }),
  'factory-reset': (context, state, { readings }) => {
    const { memory, effects } = forgetEverything(context, state.memory, readings);
    const ended = endLink({ ...state, memory });
    const forget = { type: 'forget-identity', resets: memory.log.resets } as const;
    return { state: ended.state, effects: [...effects, ...ended.effects, forget] };
  },
};

/** Ends whatever session there is; a bolt that is moving moves on. */
function endLink(state: LockState): LockStep {
  if (state.at === 'idle' || state.at === 'closing' || state.at === 'finishing') return { state, effects: [] };
  const { memory, awake } = state;
  if (state.at !== 'moving') return disconnect(state);
  return {
    state: { at: 'finishing', memory, awake, move: state.move, connected: true },
    effects: [{ type: 'disconnect' }],
  };
}

/** Whether an event happens at the lock itself, and not on its link. */
export function isHouseEvent(event: LockEvent): event is HouseEvent {
  return event.type in handlers;
}

/** What an event at the lock itself leads to, in whatever state its link is (SPEC §9.7). */
export function houseStep(context: LockContext, state: LockState, event: HouseEvent): LockStep {
  const settled = settleDoor(context, state, event);
  // Which handler belongs to which event TypeScript cannot follow.
  const step = handlers[event.type](context, settled.state, event as never);
  return { state: step.state, effects: [...settled.effects, ...step.effects] };
}

function factOf(notice: LockNotice): LogFact {
  const { type } = notice;
  const fact = { type, result: 'ok', actor: nobody, commandId: noCommand } as const;
  if (type === 'boot') return { ...fact, commandId: encodeLogNumbers(notice.count) };
  if (type === 'manual') return { ...fact, commandId: firstByte(boltStates.indexOf(notice.bolt)) };
  if (type === 'battery') return { ...fact, commandId: firstByte(notice.percent) };
  return fact;
}

function firstByte(value: number): Uint8Array {
  return Uint8Array.of(value, 0, 0, 0, 0, 0, 0, 0);
}
