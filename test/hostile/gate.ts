import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Emulator } from '../../src/emulator/server.ts';

/** A server in front of the emulator where several keys lead to one account, and a key can be revoked. */
export async function startGate(emulator: Emulator) {
  const revoked = new Set<string>();
  const server = createServer((incoming, outgoing) => {
    const key = String(incoming.headers['x-api-key'] ?? incoming.headers.authorization).replace('Bearer ', '');
    if (revoked.has(key)) {
      outgoing.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { message: `Incorrect API key provided: ${key}.`, type: 'authentication_error' } }));
      incoming.resume();
      return;
    }
    const headers = { ...incoming.headers, ...(incoming.headers.authorization === undefined ? { 'x-api-key': 'account' } : { authorization: 'Bearer account' }) };
    const onward = request({ port: emulator.port, host: '127.0.0.1', method: incoming.method, path: incoming.url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((closed) => {
      server.close(closed);
    });
  };
  return { url: `http://127.0.0.1:${port}`, revoked, close };
}
