/** LND's failures as our named errors, in one place: gRPC status errors and ln-service's `[code, name, details]` arrays. */
import { LeydenError, LndError, NoRouteError, PeerError } from '../errors.ts';

const NOT_CONNECTED = /peer (exiting|is not connected|[0-9a-f]{66} disconnected)|is not online|not connected/i;
const NOT_PERMITTED = /permission denied/i;
const NO_ROUTE = /unable to find a path|no_route|insufficient local balance|target not found/i;

/** The macaroon in use lacks a permission. */
export class NotPermittedError extends LndError {}

export const lndFailure = (error: unknown, during: string): Error => {
  if (error instanceof LeydenError) return error;
  const { code, text } = describe(error);
  const options = { cause: error };
  if (NOT_CONNECTED.test(text)) return new PeerError(`${during}: LND says the peer is not connected (${text})`, options);
  if (NO_ROUTE.test(text)) return new NoRouteError(`${during}: LND finds no route (${text})`, options);
  if (NOT_PERMITTED.test(text)) return new NotPermittedError(code, `${during}: LND’s macaroon does not permit it (${text})`, options);
  return new LndError(code, `${during}: LND answered ${code}: ${text}`, options);
};

/** Runs an ln-service call, turning what it throws. */
export const asked = async <T>(during: string, call: Promise<T>): Promise<T> => {
  try {
    return await call;
  } catch (error) {
    throw lndFailure(error, during);
  }
};

const describe = (error: unknown): { code: string; text: string } => {
  if (Array.isArray(error)) {
    const [code, name, details] = error as [number, string, { err?: { details?: string; message?: string } } | undefined];
    return { code: `${code} ${name}`, text: details?.err?.details ?? details?.err?.message ?? name };
  }
  if (error instanceof Error) {
    const { code, details } = error as Error & { code?: number; details?: string };
    return { code: `gRPC ${code ?? '?'}`, text: details ?? error.message };
  }
  return { code: 'unknown', text: String(error) };
};
