/** `sim ls`: what is up in docker, and how to reach it by hand. */
import type { CommandModule } from 'yargs';
import { connectEngine } from '../../nodes/docker/engine.ts';
import { API_PORT, FORWARD_PORTS, GATEWAY_PORT, SOCKS_PORT } from '../../nodes/docker/relays.ts';
import { type RunningNetwork, type RunningPart, runningNetworks } from '../../nodes/docker/running.ts';
import { interrupted as signal } from '../interruption.ts';

const STATES: Readonly<Record<RunningNetwork['state'], string>> = {
  held: 'kept up: `sim down` takes it down',
  living: 'a run is using it',
  orphan: 'left by a run that is over: `sim clean` removes it',
};

const ls: CommandModule<object, { json: boolean }> = {
  builder: (yargs) => yargs.option('json', { type: 'boolean', default: false, describe: 'as JSON' }),
  handler: async ({ json }) => {
    const { docker } = await connectEngine({ signal });
    const networks = await runningNetworks(docker, { signal });
    if (json) process.stdout.write(`${JSON.stringify(networks.map(plain), null, 2)}\n`);
    else process.stdout.write(networks.length === 0 ? 'nothing of ours is up\n' : networks.map(networkText).join('\n'));
  },
};

export default ls;

/** One network, its nodes below it; lines end with a line break. */
export function networkText({ runId, state, containers }: RunningNetwork): string {
  return `${runId}: ${STATES[state]}\n${containers.map(partText).join('')}`;
}

function partText(part: RunningPart): string {
  const [api, socks, gateway] = [API_PORT, SOCKS_PORT, GATEWAY_PORT].map((port) => part.ports.get(port));
  const reach = [
    ...(part.lndDir === null ? [] : [`docker exec ${part.container} lncli --network=regtest --lnddir=${part.lndDir}`]),
    ...(api === undefined ? [] : [`API http://127.0.0.1:${api} (its token: docker exec ${part.container} cat /leyden/relay.json)`]),
    ...(socks === undefined ? [] : [`SOCKS 127.0.0.1:${socks}, UDP ${part.udpPorts.map((port) => `127.0.0.1:${port}`).join(' ')}`]),
    ...(gateway === undefined ? [] : [`sites for a browser http://<base32 of a node key>.localhost:${gateway}/`]),
  ];
  const forwards = FORWARD_PORTS.flatMap((port) => (part.ports.has(port) ? [`${port} → 127.0.0.1:${part.ports.get(port)}`] : []));
  if (forwards.length > 0) reach.push(`ports for forwards ${forwards.join(', ')}`);
  return [`  ${part.name.padEnd(14)} ${part.status}\n`, ...reach.map((line) => `    ${line}\n`)].join('');
}

function plain({ containers, ...network }: RunningNetwork): unknown {
  return { ...network, containers: containers.map((part) => ({ ...part, ports: Object.fromEntries(part.ports) })) };
}
