/** One central connected to a GATT server. */
export interface GattConnection {
  /** Connection handle at the server's controller. */
  readonly handle: number;
  readonly peerAddress: string;
  readonly open: boolean;
  /** ATT MTU in bytes; 23 until negotiated. */
  readonly mtu: number;
  isSubscribed(uuid: string): boolean;
  /** Sends a notification cut to MTU − 3; false when the client has not subscribed or the link is down. */
  notify(uuid: string, value: Uint8Array): boolean;
  /** Sends an indication; false as for `notify`. The event `confirmed` tells its confirmation. */
  indicate(uuid: string, value: Uint8Array): boolean;
  /** Sends any bytes on any L2CAP channel (0x0004 ATT, 0x0005 signaling, 0x0006 security), well-formed or not. */
  sendPdu(channel: number, payload: Uint8Array): void;
  /** Sends one ACL packet whose content is these bytes, without an L2CAP header of its own. */
  sendAcl(data: Uint8Array): void;
  /** Asks the controller to end the link; the peer sees this reason (default 0x13). */
  disconnect(reason?: number): void;
}
