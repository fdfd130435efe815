import type { Calendar, Certificate, Trust } from './certificate.js';
import type { LogChain } from './log.js';
import { emptyLog } from './log.js';
import type { AnswerCode } from './refusal.js';

/** A command that was begun, with its answer once there is one. */
export interface RememberedCommand {
  readonly commandId: string;
  readonly answer: AnswerCode | undefined;
}

/** A certificate that verified, found by the kid of its key. */
export interface RememberedCertificate {
  readonly kid: string;
  readonly certificate: Certificate;
}

/** What a lock must not forget (SPEC §10.5); ids and kids are hex. Stored before the bolt moves and before an answer leaves. */
export interface LockMemory {
  readonly trust: Trust | undefined;
  readonly commands: readonly RememberedCommand[];
  readonly certificates: readonly RememberedCertificate[];
  /** The lowest issue number that a slot still accepts. */
  readonly issueFloors: ReadonlyMap<number, number>;
  readonly usedGrants: readonly string[];
  /** The calendar is never taken to be before this UTC second. */
  readonly timeFloor: number;
  readonly log: LogChain;
}

/** Commands that a lock remembers. */
const rememberedCommands = 64;
const rememberedCertificates = 6;

/** The memory of a lock that has just been told whom to obey; undefined: nobody yet. */
export function createMemory(trust: Trust | undefined): LockMemory {
  return {
    trust,
    commands: [],
    certificates: [],
    issueFloors: new Map(),
    usedGrants: [],
    timeFloor: 0,
    log: emptyLog,
  };
}

/** The clock, never before the floor. */
export function flooredCalendar(memory: LockMemory, clock: Calendar): Calendar {
  return { ...clock, utcSeconds: Math.max(clock.utcSeconds, memory.timeFloor) };
}

/** With a certificate, which takes the place of one of the same kid, and the trust raised to its epoch. */
export function rememberCertificate(memory: LockMemory, remembered: RememberedCertificate): LockMemory {
  const { trust, timeFloor } = memory;
  const { epoch, notBefore } = remembered.certificate;
  const others = memory.certificates.filter(({ kid }) => kid !== remembered.kid);
  const certificates = [...others, remembered].slice(-rememberedCertificates);
  if (trust === undefined || epoch <= trust.epoch) return { ...memory, certificates };
  return { ...memory, certificates, trust: { ...trust, epoch }, timeFloor: Math.min(timeFloor, notBefore) };
}

/** With a command, the oldest ones beyond 64 forgotten. */
export function rememberCommand(memory: LockMemory, command: RememberedCommand): LockMemory {
  const others = memory.commands.filter(({ commandId }) => commandId !== command.commandId);
  return { ...memory, commands: [...others, command].slice(-rememberedCommands) };
}

/** With the floor raised by what was issued, unless a good clock says that it is more than ten minutes away. */
export function raiseTimeFloor(memory: LockMemory, issuedAt: number, clock: Calendar): LockMemory {
  if (clock.quality === 'good' && issuedAt > clock.utcSeconds + 600) return memory;
  return { ...memory, timeFloor: Math.max(memory.timeFloor, issuedAt) };
}
