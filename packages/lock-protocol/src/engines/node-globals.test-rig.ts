/** Tests write hex with Node's Buffer; in another engine this one stands for it. */
export { Buffer } from 'buffer';

/** Tests let promises settle with Node's `setImmediate`; here it is a task of its own, which no timer delays. */
export function setImmediate(run: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    run();
  };
  port2.postMessage(undefined);
}
