/** Things to close in the reverse order of their opening; stands in for `AsyncDisposableStack`, which Node 20 lacks. */
export interface ClosingStack extends AsyncDisposable {
  /** Takes over the closing of a thing and gives the thing back. */
  use<Thing extends AsyncDisposable | Disposable>(thing: Thing): Thing;
  /** Runs at its turn among the closings. */
  defer(close: () => Promise<void> | void): void;
}

/** Creates an empty stack. One closing that fails does not keep the others from running; the first error is thrown at the end. */
export function createClosingStack(): ClosingStack {
  const closings: (() => Promise<void> | void)[] = [];
  return {
    use: (thing) => {
      closings.push(async () => {
        if (Symbol.asyncDispose in thing) await thing[Symbol.asyncDispose]();
        else thing[Symbol.dispose]();
      });
      return thing;
    },
    defer: (close) => {
      closings.push(close);
    },
    [Symbol.asyncDispose]: async () => {
      const errors: unknown[] = [];
      for (const close of closings.splice(0).reverse()) {
        try {
          await close();
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length > 0) throw errors[0];
    },
  };
}
