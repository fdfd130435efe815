import { encodeGatewayMessage } from '@latchwork/contract';
import type { LogHotel } from './log-hotel.test-rig.js';

/** Has the gateway hold a link to the lock for one tunnel, and carry what it does not understand. @returns all that it carried. */
export async function relayTunnel({
  gateway,
  lock,
}: Pick<LogHotel, 'gateway' | 'lock'>): Promise<readonly Uint8Array[]> {
  const seen: Uint8Array[] = [];
  const { attemptId } = await gateway.next('tunnel-open');
  const link = lock.connect();
  let from = 0;
  link.onFrame((frame) => {
    seen.push(frame);
    const frames = [Buffer.from(frame).toString('base64url')];
    void gateway.publish('tunnel', encodeGatewayMessage('tunnel', { v: 1, type: 'frames', attemptId, from, frames }));
    from += 1;
  });
  const info = Buffer.from(await link.readInfo()).toString('base64url');
  const opened = { v: 1, type: 'opened', attemptId, info, mtu: link.mtu } as const;
  await gateway.publish('tunnel', encodeGatewayMessage('tunnel', opened));
  const carry = async (): Promise<void> => {
    const { frames } = await gateway.next('tunnel-frames');
    for (const { frame, withResponse } of frames) {
      const bytes = new Uint8Array(Buffer.from(frame, 'base64url'));
      seen.push(bytes);
      await link.write(bytes, { withResponse });
    }
    await carry();
  };
  void carry().catch(() => undefined);
  await gateway.next('tunnel-close');
  link.close();
  return seen;
}
