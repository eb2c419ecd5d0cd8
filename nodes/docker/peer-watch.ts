/**
 * Whether peers dial the link proxy and nothing past it: LND's own list of peers is read whenever one has connected. Addresses that LND
 * learnt elsewhere (an announcement, a database of an earlier network) would let it; nodes here announce none.
 */
import { type EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { getPeers, subscribeToPeers } from 'ln-service';
import type { LndNode } from '../lnd/index.ts';
import type { EdgePlan } from '../plan.ts';

const AGAIN_MS = 1_000;

export interface PeerWatch {
  /** What was found on this edge, in words. */
  past(ends: readonly [string, string]): readonly string[];
  stop(): void;
}

export const watchPeers = (nodes: ReadonlyMap<string, LndNode>, edges: readonly EdgePlan[], proxyAddress: string): PeerWatch => {
  const stopped = new AbortController();
  const names = new Map([...nodes].map(([name, { publicKey }]) => [publicKey, name]));
  const found = new Map<string, Set<string>>(edges.map(({ ends }) => [ends.join(' '), new Set()]));

  const look = async (name: string, { lnd }: LndNode): Promise<void> => {
    const { peers } = await getPeers({ lnd });
    for (const { public_key, socket, is_inbound } of peers) {
      const other = names.get(public_key) ?? '';
      const edge = edges.find(({ ends }) => ends.includes(name) && ends.includes(other) && name !== other);
      if (edge === undefined || hostOf(socket) === proxyAddress) continue;
      found
        .get(edge.ends.join(' '))
        ?.add(`${name} ${is_inbound ? `was dialled by ${other} from` : `dialled ${other} at`} ${hostOf(socket)}`);
    }
  };

  /** Until LND says. */
  const looked = async (name: string, node: LndNode): Promise<void> => {
    while (!stopped.signal.aborted)
      try {
        return await look(name, node);
      } catch {
        await pause();
      }
  };

  const pause = (): Promise<void> => delay(AGAIN_MS, undefined, { signal: stopped.signal }).catch(() => {});

  /** LND ends the stream when it stops: then again, once it is back. Where its connection was closed for good, none is even begun. */
  const follow = async (name: string, node: LndNode): Promise<void> => {
    while (!stopped.signal.aborted) {
      const peers = subscribed(node);
      if (peers === null) {
        await pause();
        continue;
      }
      const onStop = (): void => void peers.removeAllListeners();
      stopped.signal.addEventListener('abort', onStop);
      const failed = once(peers, 'error', { signal: stopped.signal }).then(
        () => {},
        () => {},
      );
      peers.on('connected', () => void looked(name, node));
      void looked(name, node);
      await failed;
      stopped.signal.removeEventListener('abort', onStop);
      await pause();
    }
  };
  for (const [name, node] of nodes) if (edges.some(({ ends }) => ends.includes(name))) void follow(name, node);

  return {
    past: (ends) => [...(found.get(ends.join(' ')) ?? [])],
    stop: () => stopped.abort(),
  };
};

const subscribed = ({ lnd }: LndNode): EventEmitter | null => {
  try {
    return subscribeToPeers({ lnd });
  } catch {
    return null;
  }
};

const hostOf = (socket: string): string => socket.slice(0, socket.lastIndexOf(':'));
