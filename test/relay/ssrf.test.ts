/** What gets a client into an exit's own network: nothing that its owner did not write down, by TCP or UDP, however it is spelled. */
import test from 'ava';
import type { RelayEnvironment } from '../../nodes/node.ts';
import { allowlist, type Protocol } from '../../nodes/relay/exit/allow.ts';
import { reach } from '../../nodes/relay/exit/target.ts';
import { wallClock } from '../../nodes/wall.ts';

/** As getaddrinfo(3) answers: it takes every spelling of inet_aton(3) for an address. */
const NAMES: Record<string, string[]> = {
  localhost: ['127.0.0.1', '::1'],
  'localhost.localdomain': ['127.0.0.1'],
  '2130706433': ['127.0.0.1'],
  '0x7f000001': ['127.0.0.1'],
  '0177.0.0.1': ['127.0.0.1'],
  '0x7f.1': ['127.0.0.1'],
  '127.1': ['127.0.0.1'],
  '0': ['0.0.0.0'],
  '2852039166': ['169.254.169.254'],
  '0xa9.254.0251.254': ['169.254.169.254'],
  'metadata.google.internal': ['169.254.169.254'],
  'instance-data.ec2.internal': ['fd00:ec2::254'],
  'router.lan': ['192.168.1.1'],
  'nas.lan': ['10.0.0.7'],
  'docker.lan': ['172.17.0.1'],
  'cgnat.example': ['100.64.0.1'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'compatible.example': ['::127.0.0.1'],
  'nat64.example': ['64:ff9b::7f00:1'],
  'nat64-local.example': ['64:ff9b:1::a00:1'],
  'teredo.example': ['2001::1'],
  'sixtofour.example': ['2002:7f00:1::'],
  'linklocal.example': ['fe80::1'],
  'scoped.example': ['fe80::1%eth0'],
  'unique.example': ['fd12:3456::1'],
  'multicast.example': ['224.0.0.251'],
  'broadcast.example': ['255.255.255.255'],
  'benchmark.example': ['198.18.0.1'],
  'public-and-inside.example': ['93.184.215.14', '10.0.0.7'],
  'nothing.example': [],
  'public.example': ['93.184.215.14'],
};

const LITERALS = [
  '127.0.0.1',
  '127.255.255.254',
  '0.0.0.0',
  '10.0.0.7',
  '172.16.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::127.0.0.1',
  '64:ff9b::a9fe:a9fe',
  'fe80::1',
  'fd00:ec2::254',
  'ff02::1',
];

/** Spellings that a URL parser would make an address of, and a resolver should not. */
const STRANGE = [
  '１２７.0.0.1',
  '①②⑦.⓪.⓪.①',
  '127。0。0。1',
  '127.0.0.1.',
  ' 127.0.0.1',
  '127.0.0.1#',
  '[::1]',
  '127.0.0.1/8',
  'http://127.0.0.1',
  '%31%32%37.0.0.1',
  'LOCALHOST',
  'localhost.',
];

const PROTOCOLS: readonly Protocol[] = ['tcp', 'udp'];

const exit = (entries: string[]) => {
  const asked: string[] = [];
  const dialled: string[] = [];
  const environment = {
    clock: wallClock,
    resolve: async (host: string) => {
      asked.push(host);
      const addresses = NAMES[host.toLowerCase()];
      if (addresses === undefined) throw new Error(`getaddrinfo ENOTFOUND ${host}`);
      return addresses;
    },
  } as unknown as RelayEnvironment;
  const connect = (protocol: Protocol, host: string, port = 80): Promise<string> => {
    const allowed = allowlist(entries.map((entry) => (protocol === 'udp' ? `udp/${entry}` : entry)));
    return reach({ environment, allowed, protocol, host, port, signal: new AbortController().signal }, async (address) => {
      dialled.push(address);
      return address;
    });
  };
  return { asked, dialled, connect };
};

for (const protocol of PROTOCOLS) {
  test(`${protocol}: an exit whose list is empty asks no name server and dials nobody`, async (t) => {
    const { asked, dialled, connect } = exit([]);
    for (const host of [...Object.keys(NAMES), ...LITERALS, ...STRANGE])
      await t.throwsAsync(connect(protocol, host), { message: /^not allowed/ }, host);
    t.deepEqual(asked, []);
    t.deepEqual(dialled, []);
  });

  test(`${protocol}: an exit for one public name leads nowhere else`, async (t) => {
    const { asked, dialled, connect } = exit(['public.example:80']);
    t.is(await connect(protocol, 'public.example'), '93.184.215.14');
    for (const host of [...Object.keys(NAMES), ...LITERALS, ...STRANGE].filter((name) => name !== 'public.example'))
      await t.throwsAsync(connect(protocol, host), { message: /^not allowed/ }, host);
    await t.throwsAsync(connect(protocol, 'public.example', 22), { message: /^not allowed/ });
    t.deepEqual(asked, ['public.example']);
    t.deepEqual(dialled, ['93.184.215.14']);
  });

  test(`${protocol}: a name on the list that leads inside is refused, wherever inside`, async (t) => {
    const names = Object.keys(NAMES).filter(
      (name) => name.includes('.example') || name.includes('.lan') || name.includes('.internal') || name === 'localhost',
    );
    const { dialled, connect } = exit(names.map((name) => `${name}:80`));
    for (const name of names.filter((one) => one !== 'public.example'))
      await t.throwsAsync(connect(protocol, name), { message: /^not allowed/ }, name);
    t.deepEqual(dialled, []);
  });

  test(`${protocol}: an exit for one block leads to nothing beside it, though every name is looked up`, async (t) => {
    const { dialled, connect } = exit(['192.0.2.0/24:80']);
    for (const host of [...Object.keys(NAMES), ...LITERALS, ...STRANGE]) await t.throwsAsync(connect(protocol, host), undefined, host);
    t.deepEqual(dialled, []);
    t.is(await connect(protocol, '192.0.2.7'), '192.0.2.7');
  });

  test(`${protocol}: a name that is answered differently each time leads only to what was checked`, async (t) => {
    const answers = [['93.184.215.14'], ['127.0.0.1'], ['93.184.215.14', '169.254.169.254'], ['93.184.215.15']];
    let lookups = 0;
    const environment = { clock: wallClock, resolve: async () => answers[lookups++] } as unknown as RelayEnvironment;
    const dialled: string[] = [];
    const entry = protocol === 'udp' ? 'udp/rebinding.example:80' : 'rebinding.example:80';
    const connect = () =>
      reach(
        { environment, allowed: allowlist([entry]), protocol, host: 'rebinding.example', port: 80, signal: new AbortController().signal },
        async (address) => {
          dialled.push(address);
          return address;
        },
      );
    t.is(await connect(), '93.184.215.14');
    await t.throwsAsync(connect(), { message: /not public/ });
    await t.throwsAsync(connect(), { message: /not public/ });
    t.is(await connect(), '93.184.215.15');
    t.is(lookups, 4, 'one lookup a connection: what is checked is what is dialled');
    t.deepEqual(dialled, ['93.184.215.14', '93.184.215.15']);
  });
}

test('what a resolver answers beyond sixteen addresses is neither looked at nor dialled', async (t) => {
  const addresses = Array.from({ length: 20 }, (_, index) => (index < 16 ? `93.184.215.${index + 1}` : '127.0.0.1'));
  const environment = { clock: wallClock, resolve: async () => addresses } as unknown as RelayEnvironment;
  const dialled: string[] = [];
  const target = {
    environment,
    allowed: allowlist(['many.example:80']),
    protocol: 'tcp',
    host: 'many.example',
    port: 80,
    signal: new AbortController().signal,
  } as const;
  await t.throwsAsync(
    reach(target, async (address) => {
      dialled.push(address);
      throw new Error('closed');
    }),
    { message: /cannot be reached/ },
  );
  t.is(dialled.length, 16);
  t.false(dialled.includes('127.0.0.1'));
});
