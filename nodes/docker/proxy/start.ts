/** The proxy that carries the edges of a network: one process, a program of its own (`node nodes/docker/proxy/start.ts FILE`). */
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { SeededRandom } from '../../seeded-random.ts';
import { machineAlarms } from './alarms.ts';
import type { ProxyConfiguration } from './configuration.ts';
import { controlServer } from './control.ts';
import { Edge } from './edge.ts';

export interface StartedProxy extends AsyncDisposable {
  readonly controlPort: number;
}

/** Listens everywhere; resolves when each edge and the control answer. */
const startProxy = async ({ seed, control, edges: plans }: ProxyConfiguration): Promise<StartedProxy> => {
  const random = new SeededRandom(seed);
  const edges = plans.map((plan) => new Edge(plan, random.split(`link ${plan.ends.map(({ name }) => name).join(' ')}`), machineAlarms));
  for (const edge of edges) await edge.listen('0.0.0.0');
  const server = controlServer(edges, control.token);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(control.port, control.host, resolve);
  await promise;
  return {
    controlPort: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      for (const edge of edges) edge.close();
    },
  };
};

if (import.meta.main) {
  const proxy = await startProxy(JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as ProxyConfiguration);
  console.log(`edges are carried; control on ${proxy.controlPort}`);
  process.on('SIGTERM', () => process.exit(0));
}
