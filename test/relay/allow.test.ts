import test from 'ava';
import { ScenarioError } from '../../nodes/errors.ts';
import { isPublic } from '../../nodes/relay/exit/address.ts';
import { allowlist } from '../../nodes/relay/exit/allow.ts';

const NAMES: Record<string, string[]> = {
  'public.example': ['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'],
  'inside.example': ['10.0.0.7'],
  'mixed.example': ['93.184.215.14', '127.0.0.1'],
  'mapped.example': ['::ffff:10.0.0.7'],
  'empty.example': [],
};

const decide = (entries: string[], host: string, port: number) =>
  allowlist(entries).decide('tcp', host, port, async (name) => {
    const addresses = NAMES[name];
    if (addresses === undefined) throw new Error(`ENOTFOUND ${name}`);
    return addresses;
  });

const reaches = async (entries: string[], host: string, port: number): Promise<readonly string[] | null> => {
  const decision = await decide(entries, host, port);
  return 'addresses' in decision ? decision.addresses : null;
};

test('an exit with an empty list connects nowhere', async (t) => {
  for (const host of ['public.example', '93.184.215.14', '::1', 'localhost', '127.0.0.1']) t.is(await reaches([], host, 80), null, host);
});

test('a name is reached at its port, where all its addresses are public', async (t) => {
  t.deepEqual(await reaches(['public.example:443'], 'public.example', 443), NAMES['public.example']!);
  t.deepEqual(await reaches(['public.example:443'], 'PUBLIC.Example.', 443), NAMES['public.example']!);
  t.is(await reaches(['public.example:443'], 'public.example', 80), null);
  t.is(await reaches(['public.example:443'], 'other.example', 443), null);
  t.not(await reaches(['public.example:*'], 'public.example', 8080), null);
});

test('a name never lifts the check of addresses: one that is not public bars it', async (t) => {
  for (const host of ['inside.example', 'mixed.example', 'mapped.example', 'empty.example'])
    t.is(await reaches([`${host}:80`], host, 80), null, host);
});

test('a literal address or block lifts the check for what it covers and nothing else', async (t) => {
  t.deepEqual(await reaches(['10.0.0.7:80'], '10.0.0.7', 80), ['10.0.0.7']);
  t.is(await reaches(['10.0.0.7:80'], '10.0.0.8', 80), null);
  t.deepEqual(await reaches(['10.0.0.0/8:80'], '10.200.0.8', 80), ['10.200.0.8']);
  t.is(await reaches(['10.0.0.0/8:80'], '11.0.0.1', 80), null);
  t.deepEqual(await reaches(['[2001:db8::1]:443'], '2001:db8::1', 443), ['2001:db8::1']);
  t.deepEqual(await reaches(['[fd00::]/8:443'], 'fd12::7', 443), ['fd12::7']);
  t.deepEqual(await reaches(['10.0.0.0/8:80'], 'inside.example', 80), ['10.0.0.7'], 'a name that leads into the block');
  t.is(await reaches(['10.0.0.0/8:80'], 'mixed.example', 80), null);
  t.deepEqual(await reaches(['mixed.example:80', '127.0.0.1:80'], 'mixed.example', 80), NAMES['mixed.example']!);
});

test('an alias is that one address, and no name server is asked', async (t) => {
  t.deepEqual(await reaches(['shop=172.18.0.9:80'], 'shop', 80), ['172.18.0.9']);
  t.is(await reaches(['shop=172.18.0.9:80'], 'shop', 81), null);
  t.is(await reaches(['shop=172.18.0.9:80'], '172.18.0.9', 80), null, 'the address itself was not listed');
});

test('a name is not resolved for a client unless the list could allow it', async (t) => {
  let asked = 0;
  await allowlist(['shop=172.18.0.9:80', 'public.example:443']).decide('tcp', 'secret.example', 443, async () => {
    asked += 1;
    return [];
  });
  t.is(asked, 0);
});

test('entries that are no entry are refused when the relay starts', (t) => {
  for (const entry of [
    'shop',
    'shop:',
    ':80',
    'shop:0',
    'shop:65536',
    'shop:http',
    '10.0.0:80',
    '300.1.1.1:80',
    '10.0.0.0/33:80',
    'a=b:80',
    'a b:80',
    '*:80',
    '10.0.0.0/8',
  ])
    t.throws(() => allowlist([entry]), { instanceOf: ScenarioError }, entry);
});

/** Blocks of IANA's special-purpose registries (RFC 6890 and its updates), and spellings that hide them. */
const NOT_PUBLIC = [
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.255',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.1',
  '192.0.2.1',
  '192.168.1.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:169.254.169.254',
  '::ffff:0:127.0.0.1',
  '64:ff9b::7f00:1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fe80::1%eth0',
  'ff02::1',
  'not an address',
  '2130706433',
  '0x7f.1',
];

test('no special address counts as public, however it is spelled', (t) => {
  for (const address of NOT_PUBLIC) t.false(isPublic(address), address);
  for (const address of ['8.8.8.8', '93.184.215.14', '2606:4700:4700::1111', '::ffff:8.8.8.8']) t.true(isPublic(address), address);
});
