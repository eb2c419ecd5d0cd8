/** To an LND that somebody else runs: what can never work is told at once, an LND that is still starting is waited for. */
import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { InfrastructureError, ScenarioError } from '../../../nodes/errors.ts';
import { type LndNode, openLnd } from '../../../nodes/lnd/index.ts';
import { BAKE_COMMAND } from '../../../nodes/lnd/relay-permissions.ts';
import type { Waiting } from '../../../nodes/node.ts';
import { wallClock } from '../../../nodes/wall.ts';
import type { NodeConfiguration } from './configuration.ts';

const LND_DEADLINE_MS = 60_000;
const LND_RETRY_MS = 500;
const TLS_DEADLINE_MS = 5_000;

const MACAROON_REFUSED = /permit it|verification failed|cannot determine data format|cannot get macaroon(?!.*store is locked)/i;
/** OpenSSL's and Node's words for a certificate that is another's, or names another host. */
const CERTIFICATE_REFUSED = /SELF_SIGNED|UNABLE_TO_|CERT_/;
const NAMES_ANOTHER = 'ERR_TLS_CERT_ALTNAME_INVALID';
const MACAROON_HINT = `a macaroon with the least that serves: ${BAKE_COMMAND}`;

export interface ReachOptions extends Waiting {
  readonly tell: (line: string) => void;
}

/** @throws ScenarioError for a socket, certificate or macaroon that is wrong, InfrastructureError for an LND that does not answer. */
export const reachLnd = async ({ name, lnd }: NodeConfiguration, { tell, signal }: ReachOptions): Promise<LndNode> => {
  const address = addressOf(lnd.socket);
  assertCertificate(lnd.cert);
  const deadlineMs = wallClock.now() + LND_DEADLINE_MS;
  let told = false;
  for (;;) {
    signal?.throwIfAborted();
    try {
      await shakeHands(address, lnd.cert);
      return await openLnd({ name, ...lnd });
    } catch (cause) {
      if (cause instanceof ScenarioError) throw cause;
      const why = (cause as Error).message;
      if (MACAROON_REFUSED.test(why))
        throw new ScenarioError(`LND at ${lnd.socket} refuses this macaroon: ${why}`, { cause, hint: MACAROON_HINT });
      if (wallClock.now() >= deadlineMs)
        throw new InfrastructureError(`LND at ${lnd.socket} did not answer within ${LND_DEADLINE_MS / 1000} s: ${why}`, { cause });
      if (!told) tell(`waiting for LND at ${lnd.socket}: ${why}`);
      told = true;
    }
    await wallClock.sleep(LND_RETRY_MS, { signal });
  }
};

interface Address {
  readonly host: string;
  readonly port: number;
}

const addressOf = (socket: string): Address => {
  const [, host, port] = /^\[?([^[\]\s/]+?)\]?:(\d{1,5})$/.exec(socket) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535)
    throw new ScenarioError(`LND's socket is "${socket}": expected host:port`, {
      hint: 'LND listens for gRPC on localhost:10009 by default',
    });
  return { host, port: Number(port) };
};

const assertCertificate = (cert: Buffer): void => {
  try {
    new X509Certificate(cert);
  } catch (cause) {
    throw new ScenarioError('what was given as the certificate of LND is none', { cause, hint: 'LND keeps it as tls.cert in its folder' });
  }
};

/** gRPC does not say why no connection came about; TLS does. */
const shakeHands = ({ host, port }: Address, cert: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port, ca: cert, ALPNProtocols: ['h2'], timeout: TLS_DEADLINE_MS });
    const end = (settle: () => void): void => {
      socket.destroy();
      settle();
    };
    socket.once('secureConnect', () => end(resolve));
    socket.once('timeout', () => end(() => reject(new InfrastructureError('it does not answer'))));
    socket.once('error', (error) => end(() => reject(told(error, `${host}:${port}`))));
  });

const told = (error: NodeJS.ErrnoException, socket: string): Error => {
  const { code = '', message } = error;
  if (code === NAMES_ANOTHER)
    return new ScenarioError(`the certificate of the LND at ${socket} does not name that host: ${message}`, {
      cause: error,
      hint: 'reach it by a name of its certificate (localhost is one), or add yours with tlsextradomain in lnd.conf',
    });
  if (CERTIFICATE_REFUSED.test(code))
    return new ScenarioError(`the LND at ${socket} shows another certificate than the one given (${code})`, {
      cause: error,
      hint: 'copy tls.cert of this LND again: it makes a new one when the old one expires',
    });
  return new InfrastructureError(message || code, { cause: error });
};
