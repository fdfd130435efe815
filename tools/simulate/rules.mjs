// Each rule of the lock, and how the sources look without it. `npm run simulate -- --rules` leaves them out one by one.

const request = 'lock/request-decision.ts';
const grant = 'objects/grant-decision.ts';
const token = 'objects/command-token.ts';
const object = 'objects/property-object.ts';
const certificate = 'objects/property-certificate.ts';
const memory = 'lock/lock-memory.ts';
const cards = 'cards/card-decision.ts';
const door = 'cards/door-machine.ts';
const commission = 'commissioning/commission-operation.ts';
const setOperation = 'sets/set-operation.ts';

/** One rule, what it is for, and the one or more places that make it. */
/** @typedef {{ name: string, says: string, patches: readonly import('./bundle.mjs').Patch[] }} Rule */

/** @type {readonly Rule[]} */
export const rules = [
  // Once, and in time.
  rule('dedupe', 'a command id that is remembered runs no more', [
    [request, 'if (stored) {', 'if (stored && commandId.length === 0) {'],
  ]),
  rule('begun command', 'a command that a power cut broke off never runs', [
    [request, 'if (stored) {', 'if (stored?.code) {'],
  ]),
  rule('command id before the bolt', 'the command id is in the memory before the bolt moves', [
    [request, 'move, memory: beginCommand(memory, commandId) };', 'move, memory };'],
  ]),
  rule('memory before effects', 'the memory is on disk before the bolt moves and before an answer leaves', [
    [
      'lock/lock-machine.ts',
      'effects: [...step.effects.filter(isFirst), persist, ...step.effects.filter((effect) => !isFirst(effect))],',
      'effects: [...step.effects, persist],',
    ],
  ]),
  rule('what the memory points at comes first', 'the log and the set are on disk before the memory that names them', [
    [
      'lock/lock-machine.ts',
      "const isFirst = ({ type }: LockEffect) => type.startsWith('write-');",
      'const isFirst = (_: LockEffect) => false;',
    ],
  ]),
  rule('stored answer', 'a repeat of a command that ran is answered as it was', [
    [memory, 'equalBytes(command.commandId, commandId) ? { commandId, code } : command,', 'command,'],
  ]),
  rule('late', 'a command is not late', [
    [request, "if (isLate(o, command, authority)) return refuse(decided, { command, code: 'late', actor });", ''],
  ]),
  rule('time to live', 'nor older than its sender allows', [
    [request, 'Math.min(command.ttlMs, lockLimits.thirdMessageMs)', 'lockLimits.thirdMessageMs'],
  ]),
  rule('five seconds', 'nor older than five seconds, whatever its sender allows', [
    [request, 'Math.min(command.ttlMs, lockLimits.thirdMessageMs)', 'command.ttlMs'],
  ]),
  rule('token lifetime', 'a connection is not older than its token lives', [
    [
      request,
      'return token !== undefined && o.connectionAgeMs > (token.expires - token.issuedAt) * 1000;',
      'return false;',
    ],
  ]),
  rule('nonce of the last result', 'a later command quotes the last result', [
    [request, 'if (o.lastNonce && !(command.nonce && equalBytes(command.nonce, o.lastNonce))) return true;', ''],
  ]),
  rule('fresh nonces and keys', 'every connection has a nonce and an ephemeral key of its own', [
    [
      'lock/lock-session.ts',
      'const nonce = () => crypto.randomBytes(nonceSizeBytes);',
      'const nonce = () => new Uint8Array(nonceSizeBytes);',
    ],
    ['lock/lock-session.ts', '    spare = undefined;\n', ''],
  ]),
  // Who, for which lock, and what.
  rule('something is shown', 'nobody opens who shows nothing that the property signed', [
    [
      request,
      "if (!token && !grant) return { code: 'no-right', actor: nobody };",
      "if (!token && !grant) return { code: 'ok', actor: nobody };",
    ],
  ]),
  rule('challenge', 'a token opens on the connection it was signed for', [
    [token, "if (!equalBytes(token.challenge, o.challenge)) return 'late';", ''],
  ]),
  rule('lock of a token', 'a token opens the lock it was signed for', [
    [token, "if (!equalBytes(token.lock, o.lock)) return 'wrong-lock';", ''],
  ]),
  rule('action of a token', 'a token does what it was signed for', [
    [token, 'token.action === o.action && equalBytes', 'equalBytes'],
  ]),
  rule('command of a token', 'a token serves one command id', [
    [token, 'token.action === o.action && equalBytes(token.commandId, o.commandId) ?', 'token.action === o.action ?'],
  ]),
  rule('lock of a grant', 'a grant opens the locks it names', [
    [grant, "if (!grant.locks.some((lock) => equalBytes(lock, o.lock))) return 'wrong-lock';", ''],
  ]),
  rule("holder's key", 'a grant opens for the key it names', [
    [grant, "if (!equalBytes(grant.holderPublicKey, o.callerPublicKey)) return 'auth';", ''],
  ]),
  rule('right', 'a grant does what it allows', [
    ['objects/rights.ts', "if (!rights.includes(right)) return { ok: false, code: 'no-right' };", ''],
  ]),
  rule('place', 'a grant opens from where it allows', [
    [
      'objects/rights.ts',
      "return { ok: false, code: via === 'remote' ? 'remote-denied' : 'no-right' };",
      'return { ok: true };',
    ],
  ]),
  rule('remote right', 'a grant opens from afar only with the right to', [
    [
      'objects/rights.ts',
      "if (via === 'anywhere' || rights.includes(via)) return { ok: true };",
      "if (via !== 'local' || rights.includes(via)) return { ok: true };",
    ],
  ]),
  rule('verified person', 'a grant that asks for it opens after a biometric check', [
    [grant, "if (grant.flags?.includes('user-verify') && o.intent !== 'biometric') return 'no-right';", ''],
  ]),
  rule('one-shot', 'a grant for one use opens once', [
    [grant, "return o.memory.isUsed(grant.grantId) ? 'superseded' : 'allowed';", "return 'allowed';"],
  ]),
  rule('use is remembered', 'that it was used is remembered before the bolt moves', [
    [
      request,
      "return grant.flags?.includes('one-shot') ? useGrant(raised, { grantId, expires }) : raised;",
      'return raised;',
    ],
  ]),
  rule('privacy', 'a private room stays closed', [
    [
      request,
      "if (o.readings.privacy && action !== 'lock' && !mayOverride)",
      'if (o.readings.privacy && command.ttlMs < 0 && !mayOverride)',
    ],
  ]),
  // Who signed.
  rule('signature of an object', 'what is shown is signed by the key of its certificate', [
    [
      object,
      'const claims = verifyObject(crypto, object.value, { publicKey, type, ...binding });',
      'const claims = readClaims(object.value);',
    ],
    [
      object,
      'import { type Claims, kidOf, readObject, signObject, verifyObject }',
      'import { type Claims, kidOf, readClaims, readObject, signObject, verifyObject }',
    ],
  ]),
  rule('signature of the root', 'a certificate is signed by the root', [
    [
      certificate,
      'const claims = verifyObject(crypto, readObject(bytes), { publicKey: trust.rootPublicKey, type });',
      'const claims = readClaims(readObject(bytes));',
    ],
  ]),
  rule('property', 'a certificate is of this property', [
    [certificate, "if (!equalBytes(certificate.property, trust.property)) return 'wrong-lock';", ''],
  ]),
  rule('use of a certificate', 'a key signs only what it is certified for', [
    [object, "if (certificate.use !== use) return refuse('auth');", ''],
  ]),
  rule('window of a certificate', 'a key signs only while its certificate is valid', [
    [certificate, "return clock.utcSeconds < certificate.expires ? undefined : 'expired';", 'return undefined;'],
  ]),
  rule('issued under its certificate', 'no key speaks of a time for which the root gave it no word', [
    [
      certificate,
      'return notBefore <= issuedAt && issuedAt < expires;',
      'return issuedAt >= 0 || notBefore < expires;',
    ],
  ]),
  rule('epoch', 'what was signed in an older epoch counts no more', [
    [object, "if (epoch < signer.epoch) return refuse('epoch');", ''],
    [object, "if (carried !== epoch) return refuse(carried < signer.epoch ? 'epoch' : 'auth');", ''],
    [certificate, "if (certificate.epoch < trust.epoch) return 'epoch';", ''],
  ]),
  rule('epoch is remembered', 'the highest epoch that was seen stays, also without power', [
    [memory, 'return epoch > memory.epoch ? {', 'return epoch > memory.epoch + 1e9 ? {'],
  ]),
  // When.
  rule('start', 'a grant opens from its start on', [[grant, "if (now < grant.notBefore) return 'not-yet';", '']]),
  rule('end', 'a grant opens until its end', [[grant, "if (now >= grant.expires) return 'expired';", '']]),
  rule('schedule', 'a grant opens at the hours it names', [
    [
      grant,
      'return grant.schedule === undefined || isInSchedule(grant.schedule, now) ? undefined :',
      'return grant.schedule === undefined || clock.utcSeconds >= 0 ? undefined :',
    ],
  ]),
  rule('no clock', 'without the time only keys open that need none', [
    [
      grant,
      "if (clock.quality === 'none') return grant.flags?.includes('no-clock-ok') ? undefined : 'no-clock';",
      "if (clock.quality === 'none') return undefined;",
    ],
  ]),
  rule('counter that began anew', 'a counter that lost its power tells no time', [
    ['lock/lock-clock.ts', 'setting.counter.run !== counter.run || elapsed < 0', 'elapsed < 0'],
  ]),
  rule('time floor', 'the time is never before what was obeyed', [
    ['objects/known-certificates.ts', 'utcSeconds: Math.max(utcSeconds, memory.timeFloor)', 'utcSeconds'],
  ]),
  rule('time floor is raised', 'what is obeyed moves the floor', [
    [
      memory,
      'return issuedAt > memory.timeFloor && issuedAt <= latest ? { ...memory, timeFloor: issuedAt } : memory;',
      'return memory;',
    ],
  ]),
  rule('connection of a time token', 'a time token serves one connection', [
    ['objects/time-token.ts', '!equalBytes(token.challenge, o.challenge) || ', ''],
  ]),
  rule('age of a time token', 'and that for thirty seconds', [
    ['objects/time-token.ts', ' || o.connectionAgeMs > timeTokenLifeMs', ''],
  ]),
  rule('lock of a time token', 'and one lock', [
    ['objects/time-token.ts', "if (!equalBytes(token.lock, o.lock)) return refuse('wrong-lock');", ''],
  ]),
  // What was revoked.
  rule('issue floor', 'an older issue than was seen opens no more', [
    [
      grant,
      "if (memory && grant.slot !== undefined && (grant.issue ?? 0) < memory.issueFloor(grant.slot)) return 'superseded';",
      '',
    ],
  ]),
  rule('floor is raised', 'the first use of an issue ends those before it', [
    [
      request,
      'const raised = slot === undefined || issue === undefined ? timed : raiseFloor(timed, slot, issue);',
      'const raised = timed;',
    ],
  ]),
  rule('floors of a bulletin', 'a bulletin and a manifest raise floors', [
    [
      setOperation,
      '(raising, [slot, issue]) => raiseFloor(raising, slot, issue), memory)',
      '(raising) => raising, memory)',
    ],
  ]),
  rule('kill-list', 'a revoked grant opens no more', [
    [grant, "if (memory?.isRevoked(grant.grantId)) return 'revoked';", ''],
  ]),
  rule('order of bulletins', 'an older bulletin takes nothing back', [
    [
      setOperation,
      "if (order < 0) return answerOnly(o, 'revision-old', true);\n  if (order === 0) {",
      'if (order === 0) {',
    ],
  ]),
  rule('order of manifests', 'an older manifest takes nothing back', [
    [setOperation, "if (order < 0) return 'revision-old';", ''],
  ]),
  rule('digest', 'a set is obeyed only whole', [
    [setOperation, "if (!isStagingWhole(crypto, staging)) return answerOnly(o, 'digest', true);", ''],
  ]),
  rule('manifest revokes', 'a manifest carries what was revoked before it', [
    [setOperation, 'const told = revokedBy(memory, manifest, { deniedEntries: [] });', 'const told = memory;'],
  ]),
  rule('set after a power cut', 'the banks of the set are opened by their digest', [
    ['lock/lock-session.ts', 'return { ...memory, log, set,', 'return { ...memory, log,'],
  ]),
  // At the door: cards and codes.
  rule('proof of a card', 'a card opens that has proven its secret', [
    [door, "if (result.outcome === 'refused') return 'card-clone-suspect';", ''],
  ]),
  rule('age of a proof', 'within two seconds', [[door, "if (at - since > lockLimits.cardCheckMs) return 'late';", '']]),
  rule('whose proof it is', 'and not the card before it', [
    [door, ' || now.check !== event.check) return', ') return'],
  ]),
  rule('number of a card with a secret', 'a card that could prove itself opens by no number', [
    [
      'cards/door-lookup.ts',
      "return proving ?? findBy(set, (held) => held.kind === 'uid' && equalBytes(held.uid, uid)) ?? 'card-unknown';",
      "return findBy(set, (held) => held.kind === 'uid' && equalBytes(held.uid, uid)) ?? proving ?? 'card-unknown';",
    ],
  ]),
  rule('lowest class', 'a card opens that proves what the lock asks for', [
    [
      cards,
      "return provenClass(entry, technology) < (set.mark?.minimumClass ?? 0) ? 'card-class' : undefined;",
      'return undefined;',
    ],
  ]),
  rule('card of staff', 'staff opens with no number', [
    [
      cards,
      "if (has(entry, 'staff') && provenClass(entry, o.technology) < 1) return 'card-class';",
      "if (has(entry, 'staff') && entry.credential.kind === 'code') return 'card-class';",
    ],
  ]),
  rule('code of staff', 'nor with a code', [
    [
      cards,
      "if (has(entry, 'staff') && provenClass(entry, o.technology) < 1) return 'card-class';",
      "if (has(entry, 'staff') && entry.credential.kind === 'uid') return 'card-class';",
    ],
  ]),
  rule('denied entries', 'an entry that a bulletin denies opens no more', [
    [cards, "if (isDenied(set, entry)) return 'revoked';", ''],
  ]),
  rule('floor of cards', 'nor one of an older issue', [
    [
      cards,
      "if (entry.slot !== undefined && (entry.issue ?? 0) < (floors.get(entry.slot) ?? 0)) return 'superseded';",
      '',
    ],
  ]),
  rule('cards raise the floor', 'the first use of an issue ends those before it, also with a card', [
    [
      cards,
      'issue === undefined ? memory : raiseFloor(memory, slot, issue);',
      'issue === undefined ? memory : memory;',
    ],
  ]),
  rule('no clock for cards', 'without the time only cards open that need none', [
    [cards, "return has(entry, 'no-clock-ok') ? undefined : 'no-clock';", 'return undefined;'],
  ]),
  rule('start of a card', 'a card opens from its start on', [
    [cards, "if (clock.utcSeconds < notBefore) return 'not-yet';", ''],
  ]),
  rule('end of a card', 'a card opens until its end', [
    [cards, "if (clock.utcSeconds >= expires) return 'expired';", ''],
  ]),
  rule('schedule of a card', 'a card opens at its hours', [
    [cards, "if (schedule !== undefined && !isInSchedule(schedule, clock.utcSeconds)) return 'schedule';", ''],
  ]),
  rule('lease', 'a set that is not renewed ends', [
    [cards, "return clock.utcSeconds >= leased ? 'expired' : undefined;", 'return undefined;'],
  ]),
  rule('privacy at the door', 'a private room stays closed for cards', [
    [cards, "if (o.privacy && !has(entry, 'privacy-override')) return 'privacy';", ''],
  ]),
  rule('hold open', 'a card leaves the door open that may', [
    [cards, "if (o.wish === 'hold-open' && !has(entry, 'hold-open')) return 'no-right';", ''],
  ]),
  rule('card for one use', 'a card for one use opens once', [
    [cards, "if (isEntryUsed(door, entry.hash)) return 'superseded';", ''],
  ]),
  rule('tries', 'after five wrong codes none opens for a while', [
    ['cards/code-tries.ts', 'if (refilled < 1) return undefined;', ''],
  ]),
  rule('tries after a right code', 'a right code gives no try back that a wrong one took', [
    ['cards/code-tries.ts', 'Math.min(lockLimits.codeTries, tries + 1)', 'lockLimits.codeTries'],
  ]),
  rule('tries after a power cut', 'nor does a power cut', [
    ['cards/door-memory.ts', 'return [[...usedEntries], codeTries, move];', 'return [[...usedEntries], 5, move];'],
  ]),
  rule('move that a power cut ended', 'the log tells of a card whose move the power cut', [
    [door, "if (!begun || state.awake.door?.now?.at === 'moving') return", 'if (begun || !begun) return'],
  ]),
  // From one life to the next.
  rule('memory is wiped', 'a reset forgets whom the lock obeyed and what opened', [
    [
      'commissioning/lock-reset.ts',
      'memory: { ...emptyMemory, firmware: memory.firmware, log: ring },',
      'memory: { ...memory, log: ring },',
    ],
  ]),
  rule('other keys', 'after a reset nobody knows the lock by the keys it had', [
    ['lock/lock-session.ts', 'forgetIdentity(effect.resets);\n', '\n'],
  ]),
  rule('other keys after a power cut', 'also when the power fails between the two', [
    ['lock/lock-session.ts', 'if (resets !== (o.identityResets ?? 0)) forgetIdentity(resets);', ''],
  ]),
  rule('resets are counted', 'the log says how often the lock was reset', [
    ['log/log-ring.ts', 'resets: resets + 1 };', 'resets: Math.max(resets, 1) };'],
  ]),
  rule('presence for a decommission', 'nobody takes a lock from its property from afar', [
    [commission, 'if (!isSomebodyPresent(o.awake, o.at)) {', 'if (o.at < 0) {'],
  ]),
  rule('right to decommission', 'nor who may not', [[commission, 'if (refused !== undefined) return refused;', '']]),
  rule('presence for commissioning', 'nor makes a lock its own with nobody inside', [
    [
      'lock/lock-handshake.ts',
      'setupSecret !== undefined && isSomebodyPresent(ready.awake, moment.at);',
      'setupSecret !== undefined;',
    ],
  ]),
  rule('secret of the label', 'nor without the secret of its label', [
    [
      'commissioning/setup-label.ts',
      'return crypto.hmacSha256(crypto.hmacSha256(hkdfSalt, secret), concatBytes(hkdfInfo, Uint8Array.of(1)));',
      'return crypto.hmacSha256(hkdfSalt, hkdfInfo);',
    ],
  ]),
  rule('lock of an order', 'an order is for the lock whose keys it names', [
    ['commissioning/installer-request.ts', "if (!isSameLock(decision.certificate, keys)) return 'wrong-lock';", ''],
  ]),
  rule('one master', 'a lock that obeys takes no other order', [
    [
      'lock/lock-handshake.ts',
      'if (obeyed === undefined || !equalBytes(obeyed, read.payload)) {',
      'if (read === undefined) {',
    ],
    [
      'commissioning/installer-request.ts',
      'if (o.trust !== undefined) {',
      'if (o.trust !== undefined && body.length === 0) {',
    ],
  ]),
];

function rule(name, says, places) {
  return { name, says, patches: places.map(([file, text, instead]) => ({ file, text, instead })) };
}
