/** Every route of the API, by what it is about. */
import type { Routes } from './route.ts';
import { eventRoutes } from './routes/events.ts';
import { forwardRoutes } from './routes/forwards.ts';
import { invoiceRoutes } from './routes/invoices.ts';
import { ipRoutes } from './routes/ip.ts';
import { ledgerRoutes } from './routes/ledger.ts';
import { messageRoutes } from './routes/messages.ts';
import { nodeRoutes } from './routes/node.ts';
import { ownNodeRoutes } from './routes/own-node.ts';
import { pageRoutes } from './routes/pages.ts';
import { paymentRoutes } from './routes/payment.ts';
import { relayRoutes } from './routes/relays.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { socksRoutes } from './routes/socks.ts';
import { unitRoutes } from './routes/units.ts';

export const ROUTES: readonly Routes[] = [
  nodeRoutes,
  sessionRoutes,
  socksRoutes,
  ipRoutes,
  forwardRoutes,
  unitRoutes,
  ledgerRoutes,
  eventRoutes,
  messageRoutes,
  ownNodeRoutes,
  invoiceRoutes,
  relayRoutes,
  pageRoutes,
  paymentRoutes,
];
