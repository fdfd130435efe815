import type { HciCommandPacket } from '../hci/packets.js';

/** Which commands a fault rule meets: how many of them (default 1, `Infinity` for all) and with which parameters. */
export interface CommandFaultOptions {
  readonly times?: number;
  readonly when?: (parameters: Uint8Array) => boolean;
}

/** What a fault rule does to a command instead of executing it. */
export type CommandFault =
  | { readonly action: 'execute' }
  | { readonly action: 'fail'; readonly status: number }
  | { readonly action: 'ignore' };

/**
 * What can go wrong in one controller, on demand. Everything is off at first; a test sets what it needs and `clear`
 * puts all of it back.
 */
export interface ControllerFaults {
  /** A hung firmware: commands and data go nowhere, nothing comes out, its links die by supervision timeout. */
  frozen: boolean;
  /** Delay of every packet from controller to host. */
  latencyMs: number;
  /** Its adverts reach nobody, as those of a lock that is out of range or out of power. */
  unheard: boolean;
  /** LE Create Connection Cancel comes too late: the connection completes first and the cancel is refused (0x0c). */
  cancelCrossesConnection: boolean;
  /** So many of the next connections to this peripheral fall with 0x3e: the central sees a link, the peripheral none. */
  failedEstablishments: number;
  /** Answers matching commands with this status and does not execute them. */
  failCommand(opcode: number, status: number, options?: CommandFaultOptions): void;
  /** Never answers matching commands and does not execute them. */
  ignoreCommand(opcode: number, options?: CommandFaultOptions): void;
  /** Puts every fault of this controller back to none. */
  clear(): void;
}

interface Rule {
  readonly opcode: number;
  readonly fault: CommandFault;
  readonly when: (parameters: Uint8Array) => boolean;
  left: number;
}

/** The faults of one controller with what its own code asks of them; `onChange` hears of `frozen` and `unheard`. */
export class FaultSet implements ControllerFaults {
  latencyMs = 0;
  cancelCrossesConnection = false;
  failedEstablishments = 0;
  #frozen = false;
  #unheard = false;
  #rules: Rule[] = [];
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  set frozen(value: boolean) {
    this.#frozen = value;
    this.#onChange();
  }

  get unheard(): boolean {
    return this.#unheard;
  }

  set unheard(value: boolean) {
    this.#unheard = value;
    this.#onChange();
  }

  failCommand(opcode: number, status: number, options: CommandFaultOptions = {}): void {
    this.#add(opcode, { action: 'fail', status }, options);
  }

  ignoreCommand(opcode: number, options: CommandFaultOptions = {}): void {
    this.#add(opcode, { action: 'ignore' }, options);
  }

  clear(): void {
    this.latencyMs = 0;
    this.cancelCrossesConnection = false;
    this.failedEstablishments = 0;
    this.#rules = [];
    this.#unheard = false;
    this.frozen = false;
  }

  /** What happens to this command; uses up one turn of the rule that met it. */
  decide(command: HciCommandPacket): CommandFault {
    const rule = this.#rules.find(
      (candidate) => candidate.opcode === command.opcode && candidate.when(command.parameters),
    );
    if (rule === undefined) return { action: 'execute' };
    rule.left -= 1;
    if (rule.left <= 0) this.#rules = this.#rules.filter((other) => other !== rule);
    return rule.fault;
  }

  #add(opcode: number, fault: CommandFault, options: CommandFaultOptions): void {
    this.#rules.push({ opcode, fault, when: options.when ?? (() => true), left: options.times ?? 1 });
  }
}
