import { describe, expect, test } from 'vitest';
import { decideAccount } from './account-check.js';
import { type AdapterFacts, decideAdapter } from './adapter-check.js';
import { decideDaemon } from './bluetoothd-check.js';
import { type BrokerFacts, type BrokerOutcome, decideBroker } from './broker-check.js';
import { decideCertificate } from './certificate-check.js';
import { decideClock } from './clock-check.js';
import { decideConfiguration } from './configuration-check.js';
import { type DataFolderFacts, decideDataFolder, decideDisk, type ProbeFacts } from './data-folder-check.js';
import type { Finding } from './finding.js';
import { decideHealth, decideRunning, type HealthFacts } from './health-check.js';
import { decideJournal, type JournalFacts } from './journal-check.js';
import { decideLibrary, type LibraryFacts } from './library-check.js';
import { shellWord } from './remedy.js';
import { decideRights } from './rights-check.js';
import { decideSwitch, type RadioSwitch } from './switch-check.js';

/** What is expected of findings: each its verdict and a part of the command, empty where there is none. */
type Expected = readonly (readonly [Finding['verdict'], string])[];

function brief(findings: readonly Finding[]): Expected {
  return findings.map(({ verdict, remedy }) => [verdict, remedy ?? '']);
}

function matching(expected: Expected): unknown {
  return expected.map(([verdict, remedy]) => [verdict, remedy === '' ? '' : expect.stringContaining(remedy)]);
}

describe('what the doctor makes of what it sees', () => {
  test.each<[string, readonly string[], Expected]>([
    ['complete', [], [['ok', '']]],
    [
      'wrong in two places',
      ['A is required.', 'B is required.'],
      [
        ['failure', 'sudoedit'],
        ['failure', 'sudoedit'],
      ],
    ],
  ])('a configuration that is %s', (_, faults, expected) => {
    expect(brief(decideConfiguration(faults))).toEqual(matching(expected));
  });

  test.each<[string, number, string | null, Expected]>([
    ['root', 0, 'root', [['warning', 'systemd-run']]],
    ['a named account', 998, 'latchwork-gateway', [['ok', '']]],
    ['a number without a name', 998, null, [['ok', '']]],
  ])('the account of %s', (_, uid, name, expected) => {
    expect(brief(decideAccount({ uid, name }))).toEqual(matching(expected));
  });

  test.each<[string, bigint | null, boolean, Expected]>([
    ['CAP_NET_RAW', 1n << 13n, false, [['ok', '']]],
    ['every right', 0x1ffffffffffn, true, [['ok', '']]],
    ['none in a shell', 0n, false, [['failure', 'systemd-run']]],
    [
      'CAP_NET_ADMIN alone under systemd',
      1n << 12n,
      true,
      [['failure', "sudo cp '/opt/a b/unit' /etc/systemd/system/"]],
    ],
    ['unreadable rights', null, false, [['warning', 'mount']]],
  ])('a process with %s', (_, effective, underSystemd, expected) => {
    expect(brief(decideRights({ effective, underSystemd, unitFile: '/opt/a b/unit' }))).toEqual(matching(expected));
  });

  const on: RadioSwitch = { name: 'hci0', soft: false, hard: false };
  test.each<[string, readonly RadioSwitch[], number | null, Expected]>([
    ['no switch', [], 0, [['ok', '']]],
    ['one that is on', [on], 0, [['ok', '']]],
    ['soft off', [{ ...on, soft: true }], 0, [['failure', 'sudo rfkill unblock bluetooth']]],
    ['hard off, soft off too', [{ ...on, soft: true, hard: true }], 0, [['failure', '']]],
    ['another adapter off', [on, { name: 'hci1', soft: true, hard: true }], 0, [['ok', '']]],
    [
      'another adapter off, none chosen',
      [on, { name: 'hci1', soft: true, hard: false }],
      null,
      [['failure', 'rfkill']],
    ],
    [
      'the machine’s own switch off',
      [on, { name: 'tpacpi_bluetooth_sw', soft: false, hard: true }],
      0,
      [['failure', '']],
    ],
    ['unreadable', [{ ...on, soft: null }], 0, [['warning', 'rfkill list']]],
  ])('switches: %s', (_, switches, adapter, expected) => {
    expect(brief(decideSwitch({ switches, adapter }))).toEqual(matching(expected));
  });

  test.each<[Parameters<typeof decideDaemon>[0], Expected]>([
    ['running', [['warning', 'systemctl disable --now bluetooth.service']]],
    ['not-running', [['ok', '']]],
    ['hidden', [['warning', 'systemctl is-active']]],
  ])('bluetoothd is %s', (facts, expected) => {
    expect(brief(decideDaemon(facts))).toEqual(matching(expected));
  });

  const one: AdapterFacts = { adapters: [0], readable: true, usbControllers: [], wanted: 0, power: 'up' };
  test.each<[string, AdapterFacts, Expected]>([
    ['up', one, [['ok', '']]],
    ['down', { ...one, power: 'down' }, [['failure', 'sudo hciconfig hci0 up']]],
    ['there, without hciconfig', { ...one, power: 'no-hciconfig' }, [['warning', 'apt-get install --yes bluez']]],
    ['there, of unknown state', { ...one, power: 'unknown' }, [['warning', 'hciconfig hci0 up']]],
    ['no kernel support', { ...one, adapters: null }, [['failure', 'modprobe btusb']]],
    ['none', { ...one, adapters: [] }, [['failure', 'modprobe btusb']]],
    ['without firmware', { ...one, adapters: [], usbControllers: ['8087:0029'] }, [['failure', 'firmware-iwlwifi']]],
    ['of an unknown maker', { ...one, adapters: [], usbControllers: ['1234:0001'] }, [['failure', 'dmesg']]],
    ['another than the named', { ...one, adapters: [1, 2] }, [['failure', 'LATCHWORK_ADAPTER=1 |']]],
    [
      'one of several, none named',
      { ...one, adapters: [1, 2], wanted: null },
      [
        ['warning', 'LATCHWORK_ADAPTER=1 |'],
        ['ok', ''],
      ],
    ],
    ['unreadable', { ...one, adapters: null, readable: false }, [['warning', 'ls -l']]],
  ])('an adapter: %s', (_, facts, expected) => {
    expect(brief(decideAdapter(facts))).toEqual(matching(expected));
  });

  const folder = '/opt/node_modules/socket';
  test.each<[LibraryFacts, Expected]>([
    [{ fork: 'abandonware', state: 'loads' }, [['ok', '']]],
    [{ fork: 'abandonware', state: 'not-installed' }, [['failure', 'npm install --global']]],
    [{ fork: 'stoprocent', state: 'not-installed' }, [['failure', 'LATCHWORK_NOBLE=abandonware']]],
    [{ fork: 'abandonware', state: 'not-built', folder }, [['failure', `npm --prefix ${folder} run install`]]],
    [{ fork: 'abandonware', state: 'other-node', folder }, [['failure', `npm --prefix ${folder} run install`]]],
    [{ fork: 'stoprocent', state: 'broken', folder }, [['failure', `npm --prefix ${folder} run install`]]],
  ])('a library: %o', (facts, expected) => {
    expect(brief(decideLibrary(facts))).toEqual(matching(expected));
  });

  const mib = 1_048_576;
  const there = {
    path: '/var/lib/latchwork-gateway',
    account: 'latchwork-gateway',
    state: 'there',
    mode: 0o700,
    probe: { wrote: true, syncMs: 2 } as ProbeFacts,
    freeBytes: 4_096 * mib,
    freeFiles: 100_000,
    fileSystem: 0xef53,
  } as const;
  const refused = (code: string): DataFolderFacts => ({ ...there, probe: { wrote: false, code } });
  const { path, account } = there;
  test.each<[string, DataFolderFacts, Expected, Expected]>([
    ['in order', there, [['ok', '']], [['ok', '']]],
    ['not set', { path, account, state: 'not-set' }, [['failure', 'sudoedit']], []],
    ['a file', { path, account, state: 'not-a-folder' }, [['failure', 'sudoedit']], []],
    ['closed to this account', { path, account, state: 'unreadable' }, [['failure', 'namei']], []],
    ['to be made', { path, account, state: 'missing', parent: '/var/lib', writable: true }, [['ok', '']], []],
    [
      'impossible to make',
      { path, account, state: 'missing', parent: '/var/lib', writable: false },
      [['failure', 'sudo install --directory --mode=700 --owner=latchwork-gateway /var/lib/latchwork-gateway']],
      [],
    ],
    ['open to others', { ...there, mode: 0o750 }, [['warning', 'chmod 700']], [['ok', '']]],
    ['not writable', refused('EACCES'), [['failure', 'sudo chown --recursive latchwork-gateway']], []],
    ['read-only', refused('EROFS'), [['failure', 'remount,rw']], []],
    ['full', refused('ENOSPC'), [['ok', '']], [['failure', 'journalctl --vacuum-size']]],
    ['over quota', refused('EDQUOT'), [['ok', '']], [['failure', 'journalctl --vacuum-size']]],
    ['broken', refused('EIO'), [['ok', '']], [['failure', 'dmesg']]],
    ['almost full', { ...there, freeBytes: 16 * mib - 1 }, [['ok', '']], [['failure', 'df']]],
    ['filling up', { ...there, freeBytes: 16 * mib }, [['ok', '']], [['warning', 'df']]],
    ['roomy enough', { ...there, freeBytes: 256 * mib }, [['ok', '']], [['ok', '']]],
    ['out of files', { ...there, freeFiles: 99 }, [['ok', '']], [['failure', 'df']]],
    ['without a limit of files', { ...there, freeFiles: null }, [['ok', '']], [['ok', '']]],
    ['slow', { ...there, probe: { wrote: true, syncMs: 101 } }, [['ok', '']], [['warning', '']]],
    ['in memory', { ...there, fileSystem: 0x01021994 }, [['ok', '']], [['warning', 'sudoedit']]],
    ['in a container', { ...there, fileSystem: 0x794c7630 }, [['ok', '']], [['warning', 'sudoedit']]],
  ])('a data folder: %s', (_, facts, ofFolder, ofDisk) => {
    expect(brief(decideDataFolder(facts))).toEqual(matching(ofFolder));
    expect(brief(decideDisk(facts))).toEqual(matching(ofDisk));
  });

  test.each<[JournalFacts['state'], Expected]>([
    ['absent', [['ok', '']]],
    ['readable', [['ok', '']]],
    ['unreadable', [['warning', 'ls -l /data/journal.log']]],
    ['last-line-damaged', [['warning', 'sudo cp --archive /data/journal.log /data/journal.log.kept']]],
    ['damaged', [['failure', 'sudo mv /data/journal.log /data/journal.log.kept']]],
    ['other-version', [['failure', 'sudo mv /data/journal.log /data/journal.log.kept']]],
  ])('a journal: %s', (state, expected) => {
    expect(brief(decideJournal({ path: '/data/journal.log', state }))).toEqual(matching(expected));
  });

  const http = { host: '127.0.0.1', port: 8081 };
  test.each<[string, HealthFacts, 'yes' | 'no' | 'unknown', Expected]>([
    ['nobody', { http, holder: null, answer: 'silent' }, 'no', [['ok', '']]],
    ['a ready gateway', { http, holder: 7, answer: { missing: [] } }, 'yes', [['ok', '']]],
    [
      'a gateway without radio',
      { http, holder: 7, answer: { missing: ['radio'] } },
      'yes',
      [['failure', 'journalctl']],
    ],
    ['a gateway elsewhere', { http, holder: null, answer: { missing: [] } }, 'yes', [['ok', '']]],
    ['a gateway that keeps silent', { http, holder: 7, answer: 'silent' }, 'yes', [['failure', 'systemctl restart']]],
    ['a gateway without health', { http: null, holder: 7, answer: 'silent' }, 'yes', [['ok', '']]],
    [
      'another program',
      { http, holder: null, answer: 'other-program' },
      'no',
      [['failure', 'LATCHWORK_HTTP_PORT=8082 |']],
    ],
    [
      'nobody knows who',
      { http, holder: 'unreadable', answer: 'silent' },
      'unknown',
      [['warning', 'systemctl status']],
    ],
  ])('who runs: %s', (_, facts, running, expected) => {
    expect(decideRunning(facts)).toBe(running);
    expect(brief(decideHealth(facts))).toEqual(matching(expected));
  });

  const compared = { host: 'portal.example', aheadMs: 0, uncertaintyMs: 500 };
  test.each<[string, Parameters<typeof decideClock>[0], Expected]>([
    ['kept right', { synchronized: 'yes', compared: null }, [['ok', '']]],
    ['not kept right', { synchronized: 'no', compared: null }, [['failure', 'timedatectl set-ntp true']]],
    ['not kept right, but right', { synchronized: 'no', compared }, [['warning', 'timedatectl set-ntp true']]],
    ['unknown', { synchronized: 'unknown', compared: null }, [['warning', 'timedatectl set-ntp true']]],
    ['unknown, but right', { synchronized: 'unknown', compared }, [['ok', '']]],
    ['as far off as is tolerable', { synchronized: 'yes', compared: { ...compared, aheadMs: 1_500 } }, [['ok', '']]],
    ['ahead', { synchronized: 'yes', compared: { ...compared, aheadMs: 1_501 } }, [['failure', 'timedatectl']]],
    ['behind', { synchronized: 'yes', compared: { ...compared, aheadMs: -1_501 } }, [['failure', 'timedatectl']]],
  ])('a clock that is %s', (_, facts, expected) => {
    expect(brief(decideClock(facts))).toEqual(matching(expected));
  });

  const certificate = {
    expiresAt: Date.UTC(2026, 4, 1),
    dueAt: Date.UTC(2026, 3, 1),
    portalUrl: 'https://portal.example',
  };
  test.each<[string, Parameters<typeof decideCertificate>[0], Expected]>([
    ['none', null, []],
    ['good', { ...certificate, now: Date.UTC(2026, 3, 1) }, [['ok', '']]],
    ['just due', { ...certificate, now: Date.UTC(2026, 3, 2) - 1 }, [['ok', '']]],
    ['overdue', { ...certificate, now: Date.UTC(2026, 3, 2) }, [['warning', 'https://portal.example/readyz']]],
    ['about to end', { ...certificate, now: certificate.expiresAt - 1 }, [['warning', '/readyz']]],
    ['over', { ...certificate, now: certificate.expiresAt }, [['failure', 'enroll https://portal.example CODE']]],
  ])('a certificate that is %s', (_, facts, expected) => {
    expect(brief(decideCertificate(facts))).toEqual(matching(expected));
  });

  const at = (outcome: BrokerOutcome): BrokerFacts => ({
    host: 'broker.example',
    port: 8883,
    encrypted: true,
    portalUrl: null,
    outcome,
  });
  const enrolled = (facts: BrokerFacts): BrokerFacts => ({ ...facts, portalUrl: 'https://portal.example' });
  const anew = 'latchwork-gateway enroll https://portal.example CODE';
  const fails = (code: string): BrokerFacts => at({ type: 'unreachable', code });
  test.each<[string, BrokerFacts | null, Expected]>([
    ['none', null, [['failure', 'sudoedit']]],
    ['lets in', at({ type: 'let-in' }), [['ok', '']]],
    ['is there, the gateway runs', at({ type: 'reached', because: 'running' }), [['ok', '']]],
    ['is there, the gateway may run', at({ type: 'reached', because: 'may-run' }), [['warning', 'systemctl status']]],
    ['is there, no secret', at({ type: 'reached', because: 'incomplete' }), [['warning', 'sudoedit']]],
    ['refuses the client id', at({ type: 'refused', returnCode: 2 }), [['failure', 'sudoedit']]],
    ['is not ready', at({ type: 'refused', returnCode: 3 }), [['failure', '']]],
    ['refuses the secret', at({ type: 'refused', returnCode: 4 }), [['failure', 'sudoedit']]],
    ['refuses the gateway', at({ type: 'refused', returnCode: 5 }), [['failure', 'sudoedit']]],
    ['is no broker', at({ type: 'not-mqtt' }), [['failure', 'sudoedit']]],
    ['refuses the certificate', enrolled(at({ type: 'refused', returnCode: 5 })), [['failure', anew]]],
    ['is not ready for a certificate', enrolled(at({ type: 'refused', returnCode: 3 })), [['failure', '']]],
    ['hangs up on the certificate', enrolled(at({ type: 'not-mqtt' })), [['failure', anew]]],
    ['says no to it', enrolled(fails('ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED')), [['failure', anew]]],
    ['is not running for the enrolled either', enrolled(fails('ECONNREFUSED')), [['failure', 'sudoedit']]],
    ['has no such name', fails('ENOTFOUND'), [['failure', 'getent hosts broker.example']]],
    ['is not running', fails('ECONNREFUSED'), [['failure', 'sudoedit']]],
    ['is behind a firewall', fails('ETIMEDOUT'), [['failure', 'ping -c 3 broker.example']]],
    ['has an expired certificate', fails('CERT_HAS_EXPIRED'), [['failure', 'timedatectl']]],
    ['has a certificate of the future', fails('CERT_NOT_YET_VALID'), [['failure', 'set-ntp true']]],
    ['has a certificate for another name', fails('ERR_TLS_CERT_ALTNAME_INVALID'), [['failure', 'sudoedit']]],
    ['has a certificate of its own', fails('DEPTH_ZERO_SELF_SIGNED_CERT'), [['failure', 'NODE_EXTRA_CA_CERTS=']]],
    ['fails otherwise', fails('EPROTO'), [['failure', 'sudoedit']]],
    [
      'hears the secret in the clear',
      { host: 'fd00::7', port: 1883, encrypted: false, portalUrl: null, outcome: { type: 'let-in' } },
      [
        ['warning', 'LATCHWORK_MQTT_URL=mqtts://[fd00::7]:8883 |'],
        ['ok', ''],
      ],
    ],
    [
      'is on this machine',
      { host: '127.0.0.1', port: 1883, encrypted: false, portalUrl: null, outcome: { type: 'let-in' } },
      [['ok', '']],
    ],
  ])('a broker that %s', (_, facts, expected) => {
    expect(brief(decideBroker(facts))).toEqual(matching(expected));
  });

  test.each([
    ['/var/lib/latchwork', '/var/lib/latchwork'],
    ['/var/lib/my gateway', "'/var/lib/my gateway'"],
    ["/it's; rm -rf /", String.raw`'/it'\''s; rm -rf /'`],
    ['$(reboot)', "'$(reboot)'"],
    ['', "''"],
  ])('the path %s becomes one word of a shell', (text, word) => {
    expect(shellWord(text)).toBe(word);
  });
});
