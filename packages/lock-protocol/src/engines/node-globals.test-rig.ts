/** Tests write hex with Node's Buffer; in another engine this one stands for it. */
// The slash says that the package is meant, and not Node's own module.
export { Buffer } from 'buffer/';

/** Tests let promises settle with Node's `setImmediate`; here it is a task of its own, which no timer delays. */
export function setImmediate(run: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.addEventListener('message', () => {
    port1.close();
    run();
  });
  port1.start();
  port2.postMessage(undefined);
}
