/** One HTTP request over a socket that is there already, by Node's own client: what a browser or curl would do through SOCKS5. */
import { type IncomingMessage, request } from 'node:http';
import { type Duplex, pipeline, type Readable } from 'node:stream';
import { WorkloadError } from '../../../nodes/errors.ts';

export interface Exchange {
  readonly socket: Duplex;
  readonly host: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: Readable;
  readonly bytes?: number;
  readonly signal: AbortSignal;
}

/** What `read` made of the answer. Throws the signal's reason, WorkloadError when the answer is not 200 or the connection broke. */
export async function exchange<T>(
  { socket, host, method, path, body, bytes, signal }: Exchange,
  read: (response: IncomingMessage) => Promise<T>,
): Promise<T> {
  const headers = bytes === undefined ? {} : { 'content-length': bytes };
  const asking = request({ method, host, path, headers, createConnection: () => socket });
  const abort = () => socket.destroy();
  signal.addEventListener('abort', abort, { once: true });
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      asking.once('response', resolve);
      asking.on('error', reject);
      asking.once('close', () => reject(new Error('the connection closed before an answer came')));
      if (body === undefined) asking.end();
      else pipeline(body, asking, () => {});
    });
    if (response.statusCode !== 200) throw new WorkloadError(`${host} answered ${response.statusCode} to ${method} ${path}`);
    return await read(response);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof WorkloadError) throw error;
    throw new WorkloadError(`${method} ${path} through the tunnel failed: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  } finally {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}
