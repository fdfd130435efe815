// `npm run radio:build`: compiles the native Bluetooth socket, which the install leaves out. Needs gcc, make and python3.
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const noble = createRequire(join(root, 'gateway/package.json')).resolve('@abandonware/noble/package.json');
const socket = realpathSync(dirname(createRequire(noble).resolve('@abandonware/bluetooth-hci-socket/package.json')));
const { status } = spawnSync('npm', ['run', 'install'], { cwd: socket, stdio: 'inherit' });
if (status !== 0 || !existsSync(join(socket, 'lib/binding/bluetooth_hci_socket.node'))) {
  console.error('latchwork: the Bluetooth socket could not be built; the lines above say why (gcc, make, python3?).');
  process.exit(1);
}
console.log('built: the gateway can use a real Bluetooth adapter.');
