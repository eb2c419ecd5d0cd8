/** What a macaroon permits, found out by asking: LND looks at permissions first, and refuses these requests for being empty, or they only read. */
import type { AuthenticatedLnd } from 'lightning';
import { ScenarioError } from '../errors.ts';
import type { Waiting } from '../node.ts';
import { NotPermittedError } from './failures.ts';
import { unary } from './grpc.ts';
import { BAKE_COMMAND } from './relay-permissions.ts';

const QUESTIONS: readonly (readonly [permission: string, service: keyof AuthenticatedLnd, method: string, request?: object])[] = [
  ['offchain:read', 'default', 'listChannels'],
  ['offchain:write', 'router', 'sendToRouteV2'],
  ['invoices:read', 'default', 'listInvoices', { num_max_invoices: 1 }],
  ['message:read', 'default', 'verifyMessage'],
  ['message:write', 'default', 'signMessage'],
  ['peers:read', 'default', 'listPeers'],
  ['signer:generate', 'signer', 'deriveSharedKey'],
];

/** @throws ScenarioError that names every permission without which no relay works. */
export const assertPermitted = async (lnd: AuthenticatedLnd, waiting: Waiting = {}): Promise<void> => {
  const missing: string[] = [];
  for (const [permission, service, method, request = {}] of QUESTIONS)
    await unary(lnd, service, method, request, waiting).catch((error: unknown) => {
      waiting.signal?.throwIfAborted();
      if (error instanceof NotPermittedError) missing.push(permission);
    });
  if (missing.length > 0)
    throw new ScenarioError(`this macaroon does not permit what a relay needs: ${missing.join(', ')}`, {
      hint: `a macaroon with the least that serves: ${BAKE_COMMAND}`,
    });
};
