/** Two connections as one: bytes, ends and resets pass both ways, each direction on its own. */
import type { Duplex } from 'node:stream';

export const join = (one: Duplex, other: Duplex): void => {
  one.pipe(other);
  other.pipe(one);
  end(one, other);
  end(other, one);
};

/** A side that goes before both its directions were through takes the other with it. */
const end = (side: Duplex, other: Duplex): void => {
  side.on('error', () => {}); // 'close' follows
  side.once('close', () => {
    if (side.readableEnded && side.writableFinished) return;
    if (!other.destroyed) reset(other);
  });
};

/** A TCP socket is closed with RST, so that its far end learns that something is missing. */
const reset = (stream: Duplex & { resetAndDestroy?: () => void }): void => {
  if (stream.resetAndDestroy === undefined) stream.destroy();
  else stream.resetAndDestroy();
};
