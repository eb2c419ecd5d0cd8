/** What to type at a network that was just brought up: lines that work as they stand, for what its scenario has. */
import { API_PORT, SOCKS_PORT } from '../../nodes/docker/relays.ts';
import type { RunningNetwork } from '../../nodes/docker/running.ts';
import type { Network } from '../../nodes/node.ts';

/** Empty where there is nothing to try. Lines end with a line break. */
export function byHand({ containers }: RunningNetwork, network: Pick<Network, 'plan' | 'nodes'>): string {
  const relayOf = (node: string) => containers.find(({ name }) => name === `${node}-relay`);
  const [origin] = network.plan.origins;
  const client = network.plan.nodes.find(({ name, relay }) => relay !== null && name !== origin?.near)?.name;
  const lines: string[] = [];
  const socks = client === undefined ? undefined : relayOf(client)?.ports.get(SOCKS_PORT);
  if (origin !== undefined && socks !== undefined) {
    lines.push(
      `through ${client}'s relay to ${origin.near}'s, whose exit reaches ${origin.name} (the user is exit.carrier, the password anything):`,
      `  curl --socks5-hostname ${origin.near}.peer-message:x@127.0.0.1:${socks} http://${origin.name}:${origin.port}/`,
    );
  }
  const [near, far] = network.plan.tunnelEnds ?? [];
  const relay = near === undefined ? undefined : relayOf(near.near);
  if (near !== undefined && far !== undefined && relay !== undefined) {
    const api = `http://127.0.0.1:${relay.ports.get(API_PORT)}/v1/sessions`;
    const machine = relay.container.replace(/-relay$/, '-tun');
    const exit = network.nodes.get(far.near)?.publicKey;
    lines.push(
      `IP between the machines near ${near.near} and ${far.near}:`,
      `  AUTH="Authorization: Bearer $(docker exec ${relay.container} sed -n 's/.*"token":"\\([0-9a-f]*\\)".*/\\1/p' /leyden/relay.json)"`,
      `  ID=$(curl -sS -H "$AUTH" --json '{"exit":"${exit}","carrier":"peer-message"}' ${api} | sed 's/.*"id":"\\([^"]*\\)".*/\\1/')`,
      `  curl -sS -H "$AUTH" -X POST ${api}/$ID/ip`,
      `  docker exec ${machine} ping -c 5 ${far.address.replace(/\/.*/, '')}`,
    );
  }
  return lines.map((line) => `  ${line}\n`).join('');
}
