import { rootCertificates } from 'node:tls';
import test from 'ava';
import { InterruptedError, ScenarioError } from '../../nodes/errors.ts';
import { BAKE_COMMAND, BAKE_COMMAND_FOLDED } from '../../nodes/lnd/relay-permissions.ts';
import type { NodeConfiguration } from '../../sim/commands/node/configuration.ts';
import { reachLnd } from '../../sim/commands/node/reach-lnd.ts';

const CERT = Buffer.from(rootCertificates[0]!);

const configuration = (socket: string, cert: Buffer): NodeConfiguration =>
  ({ name: 'relay', lnd: { socket, cert, macaroon: Buffer.from('m'), peerSocket: '' } }) as NodeConfiguration;

test('a socket without a port, and a file that is no certificate, are named at once', async (t) => {
  for (const socket of ['localhost', 'localhost:0', 'localhost:70000', 'https://localhost:10009', ''])
    t.regex(
      (await t.throwsAsync(reachLnd(configuration(socket, CERT), { tell: t.log }), { instanceOf: ScenarioError })).message,
      /host:port/,
    );
  const none = reachLnd(configuration('localhost:10009', Buffer.from('cert')), { tell: t.log });
  t.regex((await t.throwsAsync(none, { instanceOf: ScenarioError })).message, /certificate/);
});

test('an LND that does not answer is waited for, told once, until somebody interrupts', async (t) => {
  const interrupted = new AbortController();
  const told: string[] = [];
  const tell = (line: string): void => {
    told.push(line);
    interrupted.abort(new InterruptedError('enough'));
  };
  await t.throwsAsync(reachLnd(configuration('127.0.0.1:1', CERT), { tell, signal: interrupted.signal }), { instanceOf: InterruptedError });
  t.is(told.length, 1);
  t.regex(told[0]!, /^waiting for LND at 127\.0\.0\.1:1: .*ECONNREFUSED/);
});

test('the bakemacaroon line for a terminal is the same, in lines that fit it', (t) => {
  t.is(BAKE_COMMAND_FOLDED.replaceAll(' \\\n  ', ' '), BAKE_COMMAND);
  for (const line of BAKE_COMMAND_FOLDED.split('\n')) t.true(line.length < 80, line);
});
