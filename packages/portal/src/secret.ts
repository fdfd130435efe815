import { inspect } from 'node:util';

/** A value that reveals itself only when asked by name, so that no log line, error or JSON can print it. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself: for comparing, hashing or handing to a cipher, never for printing. */
  reveal(): string {
    return this.#value;
  }

  /** What a printed secret looks like. */
  toString(): string {
    return '[secret]';
  }

  /** What a secret inside a JSON value looks like. */
  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}
