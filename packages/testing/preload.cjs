'use strict';

// `node --require @latchwork/testing/preload program.js` puts an unmodified program that uses noble on a virtual
// adapter: the Unix socket in LATCHWORK_HCI_SOCKET. Without that variable this file does nothing.

const socketPath = process.env.LATCHWORK_HCI_SOCKET;

if (socketPath !== undefined && socketPath !== '') {
  const { connectEndpoint, installHciShim } = require('./hci-shim.cjs');
  installHciShim((deviceId) => connectEndpoint(socketPath, deviceId));
}
