/** The messages of a relay that reaches nobody. */
import { NoRouteError } from '../../nodes/errors.ts';
import { openMessages } from '../../nodes/relay/messages/messages.ts';
import type { RelayMessages } from '../../nodes/relay-messages.ts';
import { systemRandom, wallClock } from '../../nodes/wall.ts';

export const noMessages = (): RelayMessages =>
  openMessages({
    clock: wallClock,
    random: systemRandom,
    emit: () => {},
    log: () => {},
    async open() {
      throw new NoRouteError('no public channels lead there');
    },
  });
