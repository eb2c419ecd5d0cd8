import test from 'ava';
import { type EngineFacts, PORT_UNTRIED } from '../../nodes/docker/doctor/facts.ts';
import { findingsOf } from '../../nodes/docker/doctor/findings.ts';
import { lineOf } from '../../sim/commands/doctor.ts';

const GIB = 1024 ** 3;

const ready: EngineFacts = {
  answers: true,
  address: 'unix:///var/run/docker.sock',
  version: '20.10.24',
  apiVersion: '1.41',
  os: 'linux',
  architecture: 'amd64',
  storageDriver: 'overlay2',
  dataFolder: '/var/lib/docker',
  diskFreeBytes: 75 * GIB,
  memoryBytes: 8 * GIB,
  cores: 2,
  profile: 'local',
  images: [
    { ref: 'lightninglabs/lnd:v0.21.3-beta', usedBy: 'official', architecture: null },
    { ref: 'leyden/lnd:0.21.3-beta', usedBy: 'local', architecture: 'amd64' },
    { ref: 'leyden/base:sid', usedBy: 'relay', architecture: 'amd64' },
    { ref: 'leyden/relay:1', usedBy: 'relay', architecture: 'amd64' },
  ],
  port: null,
};

/** Checks that are not good, with their state. */
const lacks = (engine: Partial<EngineFacts>, tunDevice = true) =>
  findingsOf({ engine: { ...ready, ...engine }, tunDevice })
    .filter(({ state }) => state !== 'good')
    .map(({ check, state }) => `${check}: ${state}`);

test('a machine that is ready lacks nothing', (t) => {
  t.deepEqual(lacks({}), []);
});

test('without an engine only the engine is complained of, with the engine’s own remedy', (t) => {
  const findings = findingsOf({ engine: { answers: false, message: 'no Docker engine', hint: 'start it' }, tunDevice: true });
  t.deepEqual(findings[0], { check: 'engine', state: 'missing', found: 'no Docker engine', remedy: 'start it' });
  t.is(findings.filter(({ state }) => state !== 'good').length, 1);
});

test('each lack is found by itself', (t) => {
  t.deepEqual(lacks({ profile: null }), ['images: missing']);
  t.deepEqual(lacks({ diskFreeBytes: GIB }), ['disk: missing']);
  t.deepEqual(lacks({ memoryBytes: GIB }), ['memory: warning']);
  t.deepEqual(lacks({ cores: 1 }), ['cores: warning']);
  t.deepEqual(lacks({ storageDriver: 'vfs' }), ['storage driver: warning']);
  t.deepEqual(lacks({ port: 'ECONNREFUSED' }), ['ports: missing']);
  t.deepEqual(lacks({ port: PORT_UNTRIED }), ['ports: warning']);
  t.deepEqual(lacks({}, false), ['tun: warning']);
});

test('a disk that cannot be measured from here is no lack', (t) => {
  t.deepEqual(lacks({ diskFreeBytes: null }), []);
});

test('images for another processor are named with the command that replaces them', (t) => {
  const findings = findingsOf({ engine: { ...ready, architecture: 'arm64' }, tunDevice: true });
  const found = findings.find(({ check }) => check === 'architecture');
  t.is(found?.state, 'missing');
  t.regex(found?.remedy ?? '', /docker rmi leyden\/lnd:0\.21\.3-beta leyden\/base:sid leyden\/relay:1 && npx sim setup/);
});

test('a relay image of earlier sources is no lack, a missing base is', (t) => {
  const without = (ref: string) => ready.images.map((image) => (image.ref === ref ? { ...image, architecture: null } : image));
  t.deepEqual(lacks({ images: without('leyden/relay:1') }), []);
  t.deepEqual(lacks({ images: without('leyden/base:sid') }), ['relay image: missing']);
});

test('everything that is not good has a remedy, and nothing good has one', (t) => {
  const worst: EngineFacts = {
    ...ready,
    architecture: 'arm64',
    storageDriver: 'vfs',
    diskFreeBytes: 0,
    memoryBytes: 0,
    cores: 1,
    profile: null,
    images: ready.images.map((image) => (image.usedBy === 'relay' ? { ...image, architecture: null } : image)),
    port: 'x',
  };
  for (const engine of [ready, worst])
    for (const { check, state, remedy } of findingsOf({ engine, tunDevice: false })) t.is(remedy === null, state === 'good', check);
});

test('a lack is printed with its remedy below it', (t) => {
  t.is(lineOf({ check: 'tun', state: 'good', found: '/dev/net/tun', remedy: null }), 'good  tun             /dev/net/tun\n');
  t.regex(lineOf({ check: 'tun', state: 'warning', found: 'none', remedy: 'modprobe tun' }), /^note {2}tun +none\n +→ modprobe tun\n$/);
});
