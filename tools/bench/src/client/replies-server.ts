// The other end of the client bench, in a process of its own so that its work is not counted: answers with constant bytes.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { entrance, entrances } from './sample-replies.js';

const one = JSON.stringify(entrance);
const page = JSON.stringify({ data: entrances, nextCursor: null });

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    const status = request.method === 'POST' ? 201 : 200;
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(request.method === 'GET' && request.url?.startsWith('/v1/properties/') ? page : one);
  });
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.once('disconnect', () => {
  server.close();
  server.closeAllConnections();
});
