import ts from 'typescript';
import { bundleTests } from './test-bundle.test-rig.js';

/**
 * What the runner of the tests needs of a platform and the bare `hermes` program has not. Randomness is a counter here:
 * the program has none, and the secrets of the vectors are fixed. `Error` lets classes of ES5 extend it, and `Math.pow`
 * takes bigints, because the lowered program says it for `**`. Timers are bounds of a hang here, and never fire.
 */
const platform = `
  var NativeError = Error, power = Math.pow, soon = setTimeout, drawn = 0;
  globalThis.Error = function (message, options) {
    var made = new NativeError(message);
    if (!(this instanceof NativeError)) return made;
    var own = function (value) { return { value: value, writable: true, configurable: true }; };
    if (message !== undefined) Object.defineProperty(this, 'message', own(String(message)));
    Object.defineProperty(this, 'stack', own(made.stack));
    if (options !== undefined && 'cause' in options) this.cause = options.cause;
  };
  globalThis.Error.prototype = NativeError.prototype;
  globalThis.AggregateError = function () {};
  Math.pow = function (base, exponent) {
    if (typeof base !== 'bigint') return power(base, exponent);
    for (var all = BigInt(1), n = exponent; n > BigInt(0); n -= BigInt(1)) all *= base;
    return all;
  };
  var at = function (index) { return this[index < 0 ? this.length + index : index]; };
  [Array, Uint8Array].forEach(function (type) { Object.defineProperty(type.prototype, 'at', { value: at }); });
  globalThis.setTimeout = function (run, ms) { return ms > 0 ? 0 : soon(run, 0); };
  globalThis.clearTimeout = function () {};
  globalThis.performance = Date;
  globalThis.console = { log: print, warn: print, error: print };
  globalThis.crypto = { getRandomValues: function (bytes) { return bytes.map(function () { return drawn++ & 255; }); } };
  globalThis.SharedArrayBuffer = undefined;
  globalThis.Event = function () {};
  globalThis.EventTarget = function () {};
  EventTarget.prototype.addEventListener = EventTarget.prototype.dispatchEvent = function () {};
  globalThis.AbortController = function () {
    var signal = this.signal = new EventTarget();
    signal.aborted = false;
    this.abort = function () { signal.aborted = true; };
  };
  globalThis.MessageChannel = function () {
    var hear;
    this.port1 = { close: function () {}, start: function () {}, addEventListener: function (type, run) { hear = run; } };
    this.port2 = { postMessage: function () { soon(function () { hear(); }, 0); } };
  };
  globalThis.URL = function (path, base) {
    var from = base === undefined ? '' : base.replace(/[^/]*$/, '');
    this.pathname = (from + path).replace('file://', '').replace(/[^/]+\\/\\.\\.\\//g, '');
    this.toString = function () { return 'file://' + this.pathname; };
  };`;

/** Programs for the bare `hermes`, in ES5: each runs one of these test files, and prints its report as one line of JSON. */
export async function bundleForHermes(names: readonly string[]): Promise<(name: string) => string> {
  const { outputText } = ts.transpileModule(await bundleTests(names), {
    compilerOptions: {
      target: ts.ScriptTarget.ES5,
      module: ts.ModuleKind.ESNext,
      downlevelIteration: true,
      ignoreDeprecations: '6.0',
    },
  });
  return (name) => `(function () { ${platform} })();
    (function () { ${outputText} })();
    globalThis.runTestFile(${JSON.stringify(name)}).then(function (report) { print(JSON.stringify(report)); });`;
}
