import { inspect } from 'node:util';

const shown = '[secret]';

/** Carries a secret through configuration so that printing, inspecting or serializing it by accident shows `[secret]`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, to be handed to the one place that needs it and stored nowhere. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  [inspect.custom](): string {
    return shown;
  }
}
