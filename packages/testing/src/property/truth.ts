import type {
  CertificateUse,
  GrantFlag,
  GrantSchedule,
  LockAction,
  Right,
  UnlockIntent,
} from '@latchwork/lock-protocol';

/** Who signed an object, as the world knows it and no lock need believe. */
export interface SignerTruth {
  /** The property that the locks of this world obey, under its own root. */
  readonly isOwn: boolean;
  readonly use: CertificateUse;
  readonly epoch: number;
  /** UTC seconds of its certificate. */
  readonly notBefore: number;
  readonly expires: number;
}

/** A grant that exists, whoever made it. */
export interface GrantTruth {
  readonly kind: 'grant';
  /** Hex. */
  readonly id: string;
  readonly bytes: Uint8Array;
  readonly certificate: Uint8Array;
  readonly signer: SignerTruth;
  /** Whose key it names. */
  readonly holder: string;
  readonly locks: readonly number[];
  readonly notBefore: number;
  readonly expires: number;
  readonly issuedAt: number;
  readonly rights: readonly Right[];
  readonly flags: readonly GrantFlag[];
  readonly isGateway: boolean;
  readonly slot?: number;
  readonly issue?: number;
  readonly schedule?: GrantSchedule;
}

/** A command token that exists, whoever made it. */
export interface TokenTruth {
  readonly kind: 'token';
  readonly bytes: Uint8Array;
  readonly certificate: Uint8Array;
  readonly signer: SignerTruth;
  readonly lock: number;
  /** Hex. */
  readonly commandId: string;
  readonly action: LockAction;
  /** Hex: the connection for which it was signed. */
  readonly challenge: string;
  readonly issuedAt: number;
  /** True milliseconds after which it must open nothing. */
  readonly endsAt: number;
}

/** What can be shown to a lock. */
export type AuthorityTruth = GrantTruth | TokenTruth;

/** One command as somebody sent it on one connection. */
export interface Attempt {
  /** Hex. */
  readonly commandId: string;
  readonly action: LockAction;
  readonly intent: UnlockIntent;
  readonly via: 'local' | 'remote';
  /** Whose key the session is made with. */
  readonly presenter: string;
  readonly authority?: AuthorityTruth;
  /** True milliseconds after which whoever asked does not want it any more. */
  readonly deadline: number;
  /** It quotes the lock's last result, or is the first of its session. */
  readonly isFresh: boolean;
}

/** What went wrong with a lock that nobody may trust any more. */
export type ViolationKind =
  | 'late'
  | 'doubled'
  | 'unauthorized'
  | 'revoked'
  | 'expired'
  | 'clock'
  | 'log'
  | 'untrue'
  | 'stuck'
  | 'thrown';

/** One thing that must never happen, and did. */
export interface Violation {
  readonly kind: ViolationKind;
  /** Virtual milliseconds. */
  readonly at: number;
  /** Which lock, by its number; -1 for none. */
  readonly lock: number;
  readonly because: string;
}
