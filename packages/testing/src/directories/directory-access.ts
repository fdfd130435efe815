/** Who may read a fake tenant, and taking that away. */
export interface DirectoryAccess {
  /** Takes the consent back: no token is given any more and those that were given stop working (case 43). */
  revoke(): void;
  /** Gives it back. */
  grant(): void;
  /** Lets the client secret or the service account's key run out. */
  expireSecret(): void;
  /** Lets every token run out that was given so far; new ones are given. */
  expireTokens(): void;
  /** Takes one permission away: tokens still work, what needs it is answered with 403. */
  withdraw(permission: string): void;
  /** Lets the admin go in whose name Google is read (case 43). */
  dismissReader(): void;
}

/** A token that was given. */
export interface GivenToken {
  readonly permissions: ReadonlySet<string>;
  readonly expiresAt: number;
  /** In whose name (Google `sub`); `null` for the app's own. */
  readonly subject: string | null;
}

/** What a make's sign-in and API ask and tell about access. */
export interface AccessBook extends DirectoryAccess {
  readonly revoked: boolean;
  readonly secretExpired: boolean;
  readonly readerDismissed: boolean;
  give(token: Omit<GivenToken, 'expiresAt'>, lifeMs: number): string;
  /** What the token allows; `undefined` for one that was not given, has run out or was taken back. */
  check(token: string | null): GivenToken | undefined;
  allows(token: GivenToken, ...permissions: readonly string[]): boolean;
}

/** Makes a tenant's book of access. `prefix` makes tokens look like the make's. */
export function createAccessBook(options: {
  readonly now: () => number;
  readonly random: () => number;
  readonly prefix: string;
}): AccessBook {
  const { now, random, prefix } = options;
  const tokens = new Map<string, GivenToken>();
  const withdrawn = new Set<string>();
  let revoked = false;
  let secretExpired = false;
  let readerDismissed = false;
  return {
    get revoked() {
      return revoked;
    },
    get secretExpired() {
      return secretExpired;
    },
    get readerDismissed() {
      return readerDismissed;
    },
    revoke() {
      revoked = true;
      tokens.clear();
    },
    grant() {
      revoked = false;
      secretExpired = false;
      readerDismissed = false;
      withdrawn.clear();
    },
    expireSecret() {
      secretExpired = true;
    },
    expireTokens() {
      tokens.clear();
    },
    withdraw(permission) {
      withdrawn.add(permission);
    },
    dismissReader() {
      readerDismissed = true;
    },
    give(token, lifeMs) {
      const text = `${prefix}${tokens.size + 1}.${Math.floor(random() * 1e15).toString(36)}`;
      tokens.set(text, { ...token, expiresAt: now() + lifeMs });
      return text;
    },
    check(token) {
      const known = tokens.get(token ?? '');
      return known !== undefined && known.expiresAt > now() ? known : undefined;
    },
    allows: (token, ...permissions) =>
      permissions.some((permission) => token.permissions.has(permission) && !withdrawn.has(permission)),
  };
}
