/** What people get wrong, and what they are told: each one message with its place, its reason and, where there is one, the right word. */
import test from 'ava';
import { ScenarioError } from '../../nodes/errors.ts';
import { scenarioOf } from '../../sim/scenario/read.ts';

const GOOD = `name: good
question: Is it?
seed: 1
timeLimit: 1 min
nodes: { onionLimiter: default }
topology: { line: { nodes: 3, capacity: 10M sat, balance: 0.5 } }
policy: { fee_base_msat: 1000 }
origins: { shop: { near: n2, port: 80 } }
relay: { on: all, exit: { n2: { allow: ['shop:80'] } } }
workloads:
  - { kind: payment, from: n0, hops: [1, 2], count: 20 }
  - { kind: tunnel, from: n0, to: n2, carrier: keysend, origin: shop, bytes: 1 KiB, streams: 2 }
thresholds:
  payment_latency_ms{hops=2}: p90 < 2 s
`;

type Change = readonly [gone: string, come: string];
type Row = readonly [what: string, changes: Change | readonly Change[], ...messages: string[]];

/** In what comes, ‸ stands before each place that a message must name, in the order of the messages. */
const TABLE: readonly Row[] = [
  ['an unknown key', ['timeLimit: 1 min', '‸timelimt: 1 min'], 'timelimt: unknown key; did you mean timeLimit?'],
  [
    'an unknown key that resembles none',
    ['seed: 1', '‸zzz: 1'],
    'zzz: unknown key; known: name, question, seed, timeLimit, nodes, topology, policy, links, origins, relay, bitcoind, workloads, events, thresholds, headline, matrix',
  ],
  [
    'a setting for nodes that is misspelt',
    ['onionLimiter: default', '‸onionLimitr: off'],
    'nodes.onionLimitr: unknown key; did you mean onionLimiter?',
  ],
  [
    'an unknown key deep inside',
    ['onionLimiter: default', 'n1: { ‸comitInterval: 1 ms }'],
    'nodes.n1.comitInterval: unknown key; did you mean commitInterval?',
  ],
  [
    'a wrong unit',
    ['timeLimit: 1 min', 'timeLimit: ‸1 MB'],
    "timeLimit: expected a duration such as 50 ms, 10 s or 2 min, found '1 MB': MB measures size",
  ],
  [
    'a missing unit',
    ['bytes: 1 KiB', 'bytes: ‸1024'],
    'workloads[1].bytes: expected a size such as 500 B, 64 kB or 4 MiB, found 1024 without a unit',
  ],
  ['a quantity out of bounds', ['10M sat', '‸11 sat'], 'topology.line.capacity: expected at least 20000 sat, found 11 sat'],
  ['a duplicate key', ['seed: 1', 'seed: 1\n‸seed: 2'], "duplicate key 'seed': it stands in this map already; remove one of the two"],
  [
    'a duplicate node name',
    ['nodes: 3,', 'nodes: [n0, n2, ‸n2],'],
    'topology.line.nodes[2]: duplicate node name n2: each node needs a name of its own',
  ],
  [
    'the same node under nodes twice',
    ['onionLimiter: default', 'n1: {}, ‸n1: {}'],
    "duplicate key 'n1': it stands in this map already; remove one of the two",
  ],
  [
    'a node that the topology does not have',
    ['onionLimiter: default', '‸n7: { storage: tmpfs }'],
    'nodes.n7: no such node: the topology has n0, n1, n2',
  ],
  [
    'a node called like a setting',
    ['nodes: 3,', 'nodes: [n0, ‸image, n2],'],
    'topology.line.nodes[1]: a node cannot be called image: under nodes: that is a setting for all',
  ],
  [
    'a node name with capitals',
    ['nodes: 3,', 'nodes: [n0, ‸Alice, n2],'],
    "topology.line.nodes[1]: expected a node name: a lower-case letter, then at most 31 letters, digits or hyphens, found 'Alice'",
  ],
  [
    'hops that the topology does not have',
    ['hops: [1, 2]', 'hops: [1, ‸5]'],
    'workloads[0].hops[1]: no node is 5 channels from n0: the farthest is 2 away',
  ],
  [
    'a topology that falls apart',
    [
      ['line: { nodes: 3, capacity: 10M sat, balance: 0.5 }', 'channels: ‸[{ from: n0, to: n1 }, { from: n2, to: n3 }]'],
      ['hops: [1, 2]', 'hops: [1, ‸2]'],
      ['to: n2', 'to: ‸n2'],
    ],
    'topology.channels: falls apart: no channels lead from n0 to n2; add one between the two parts',
    'workloads[0].hops[1]: no node is 2 channels from n0: the farthest is 1 away',
    'workloads[1].to: no channels lead from n0 to n2: the topology falls apart between them',
  ],
  [
    'a channel to itself',
    ['line: { nodes: 3, capacity: 10M sat, balance: 0.5 }', 'channels: [{ from: n0, to: ‸n0 }]'],
    'topology.channels[0].to: a channel needs two nodes: n0 cannot open one with itself',
  ],
  [
    'two topologies at once',
    ['topology: { line', 'topology: ‸{ ring: { nodes: 3 }, line'],
    'topology: expected exactly one of line, ring, star, mesh, tree, grid, scale-free, small-world, random, channels, import, found line and ring',
  ],
  [
    'a random topology that cannot be joined',
    ['line: { nodes: 3, capacity: 10M sat, balance: 0.5 }', 'random: { nodes: 30, channels: ‸20 }'],
    'topology.random.channels: 20 cannot join 30 nodes: expected at least 29',
  ],
  [
    'a mean capacity below the median',
    ['line: { nodes: 3, capacity: 10M sat, balance: 0.5 }', 'scale-free: { nodes: 30, capacity: { median: 2M sat, mean: ‸1M sat } }'],
    'topology.scale-free.capacity.mean: expected at least the median of 2000000, found 1000000',
  ],
  [
    'a small world with an odd number of neighbours',
    ['line: { nodes: 3, capacity: 10M sat, balance: 0.5 }', 'small-world: { nodes: 30, neighbours: ‸3 }'],
    'topology.small-world.neighbours: expected an even number, half to each side, found 3',
  ],
  [
    'a balance that is none',
    ['balance: 0.5', 'balance: ‸fair'],
    "topology.line.balance: expected a share from 0 to 1, split, uniform, or { beta: [a, b] }, found 'fair'",
  ],
  [
    'a mesh of too many channels',
    ['line: { nodes: 3, capacity: 10M sat, balance: 0.5 }', 'mesh: ‸{ nodes: 9000 }'],
    'topology.mesh: would have 40495500 channels: expected at most 1000000',
  ],
  [
    'an amount beyond capacity',
    ['count: 20', 'count: 1, amount: ‸9M sat'],
    'workloads[0].amount: 9000000 sat are more than n0 can send to n1: 4900000 sat (its balance less 1 % reserve, capacity 10000000 sat); lower amount or count, or raise capacity',
  ],
  [
    'payments that together exceed the capacity',
    ['count: 20', 'count: 20, amount: ‸1M sat'],
    'workloads[0].amount: 20 payments of 1000000 sat (fees included) are more than n0 can send to n1: 4900000 sat (its balance less 1 % reserve, capacity 10000000 sat); lower amount or count, or raise capacity',
  ],
  [
    'an amount below the smallest HTLC',
    [
      ['fee_base_msat: 1000', 'htlc_minimum_msat: 5000'],
      ['count: 20', 'count: 20, amount: ‸1 sat'],
    ],
    'workloads[0].amount: 1 sat is below the htlc_minimum_msat of 5000 from n0 to n1; lower amount or count, or raise capacity',
  ],
  ['a balance outside 0..1', ['balance: 0.5', 'balance: ‸1.5'], 'topology.line.balance: expected at most 1, found 1.5'],
  [
    'a balance that leaves the opener nothing',
    ['balance: 0.5', 'balance: ‸0'],
    'topology.line.balance: leaves 0 of 10000000 sat to the opener, who pays for the commitment transaction: expected at least 10000 sat; raise balance or capacity',
  ],
  ['a negative count', ['count: 20', 'count: ‸-20'], 'workloads[0].count: expected at least 1, found -20'],
  ['a count above the limit', ['streams: 2', 'streams: ‸2000'], 'workloads[1].streams: expected at most 1000, found 2000'],
  ['the same hop count twice', ['hops: [1, 2]', 'hops: [1, ‸1]'], 'workloads[0].hops[1]: 1 stands in this list already'],
  ['a seed that is no whole number', ['seed: 1', 'seed: ‸1.5'], 'seed: expected a whole number, found 1.5'],
  ['a seed that is text', ['seed: 1', 'seed: ‸abc'], "seed: expected a whole number, found 'abc'"],
  ['a key without a value', ['seed: 1', '‸seed:'], 'seed: expected a whole number, found no value'],
  ['a key that is missing', ['name: good\nquestion', '‸question'], 'name: is missing: expected text'],
  [
    'a workload of an unknown kind',
    [['kind: payment', 'kind: ‸paymnt']],
    "workloads[0].kind: expected one of size-limit, payment, message, tunnel, ip-tunnel, page, chat, browser, soak, record-cliff, contract, traffic, found 'paymnt'; did you mean payment?",
  ],
  [
    'a list of no workloads',
    ['workloads:', 'workloads: ‸[]\n‸x:'],
    'workloads: found an empty list, expected a list of at least one of size-limit, payment, message, tunnel, ip-tunnel, page, chat, browser, soak, record-cliff, contract, traffic',
    'x: unknown key; known: name, question, seed, timeLimit, nodes, topology, policy, links, origins, relay, bitcoind, workloads, events, thresholds, headline, matrix',
  ],
  [
    'a channel to be wedged among channels that are needed',
    [
      ['kind: payment, from: n0, hops: [1, 2], count: 20', 'kind: ‸record-cliff, from: n0, to: n1'],
      ['thresholds:\n  payment_latency_ms{hops=2}: p90 < 2 s\n', ''],
    ],
    'workloads[0].kind: record-cliff destroys a channel: it runs on a throw-away network of two nodes, found 3',
  ],
  [
    'a channel to be wedged while relays use it',
    [
      ['nodes: 3,', 'nodes: 2,'],
      ['near: n2', 'near: n1'],
      ['n2: { allow', 'n1: { allow'],
      ['kind: payment, from: n0, hops: [1, 2], count: 20', 'kind: ‸record-cliff, from: n0, to: n1'],
      ['to: n2', 'to: n1'],
      ['thresholds:\n  payment_latency_ms{hops=2}: p90 < 2 s\n', ''],
    ],
    'workloads[0].kind: record-cliff destroys a channel: it asks the nodes itself, so no relay may stand beside them: leave out relay',
  ],
  [
    'something to be measured on a channel that was wedged',
    [
      ['nodes: 3,', 'nodes: 2,'],
      [`origins: { shop: { near: n2, port: 80 } }\nrelay: { on: all, exit: { n2: { allow: ['shop:80'] } } }\nworkloads`, 'workloads'],
      ['- { kind: payment, from: n0, hops: [1, 2]', '‸- { kind: payment, from: n0, hops: [1]'],
      ['kind: tunnel, from: n0, to: n2, carrier: keysend, origin: shop, bytes: 1 KiB, streams: 2', 'kind: record-cliff, from: n0, to: n1'],
      ['thresholds:\n  payment_latency_ms{hops=2}: p90 < 2 s\n', ''],
    ],
    'workloads: record-cliff destroys the only channel: it stands alone in its file',
  ],
  [
    'an unknown carrier',
    ['carrier: keysend', 'carrier: ‸keysnd'],
    "workloads[1].carrier: expected one of keysend, htlc-record, onion-message, peer-message, auto, found 'keysnd'; did you mean keysend?",
  ],
  [
    'a link with more jitter than delay',
    ['policy:', 'links: { delay: 5 ms, jitter: ‸6 ms }\npolicy:'],
    'links.jitter: a jitter of 6 ms needs a delay of at least as much: found 5 ms',
  ],
  [
    'a link of a channel that the topology does not have',
    ['policy:', 'links: { delay: 5 ms, ‸n0-n2: { delay: 1 s } }\npolicy:'],
    'links.n0-n2: no such channel: the topology has n0-n1, n1-n2',
  ],
  ['a setting of links that is misspelt', ['policy:', 'links: { ‸dely: 5 ms }\npolicy:'], 'links.dely: unknown key; did you mean delay?'],
  [
    'a stall that does not say how often',
    ['policy:', 'links: { n1-n2: { stall: ‸{ for: 1 s, ‸evry: 1 s } } }\npolicy:'],
    'links.n1-n2.stall.every: expected a duration such as 50 ms, 10 s or 2 min, found nothing',
    'links.n1-n2.stall.evry: unknown key; did you mean every?',
  ],
  [
    'a link that is slower than any',
    ['policy:', 'links: { rate: ‸1 kbit/s }\npolicy:'],
    'links.rate: expected at least 1000 B/s, found 125 B/s',
  ],
  [
    'an event that does nothing, or two things',
    ['policy:', 'events:\n  - ‸{ at: 1 s }\n  - ‸{ at: 1 s, kill: n1, mine: 3 }\npolicy:'],
    'events[0]: expected exactly one of kill, stop, restart, pause, resume, cut, heal, degrade, partition, close, drain, policy, mine, found none',
    'events[1]: expected exactly one of kill, stop, restart, pause, resume, cut, heal, degrade, partition, close, drain, policy, mine, found kill and mine',
  ],
  [
    'an event without a time, and a key that is misspelt',
    ['policy:', 'events:\n  - ‸{ kill: n1 }\n  - { at: 1 s, ‸kil: n1 }\npolicy:'],
    'events[0].at: expected a duration such as 50 ms, 10 s or 2 min, found nothing',
    'events[1].kil: unknown key; did you mean kill?',
  ],
  [
    'an event for somebody who is not there',
    ['policy:', 'events:\n  - { at: 1 s, kill: ‸n7 }\n  - { at: 1 s, pause: ‸n1.lnd }\n  - { at: 1 s, close: ‸n0-n2 }\npolicy:'],
    "events[0].kill: expected a node (n0, n1, n2), its relay (n0.relay) or bitcoind, found 'n7'",
    "events[1].pause: expected a node (n0, n1, n2), its relay (n0.relay) or bitcoind, found 'n1.lnd'",
    "events[2].close: expected a channel, n0-n1, n1-n2, found 'n0-n2'",
  ],
  [
    'an event for a relay that does not stand',
    [
      ['on: all, exit', 'on: [n0, n2], exit'],
      ['policy:', 'events: [{ at: 1 s, kill: ‸n1.relay }]\npolicy:'],
    ],
    'events[0].kill: no relay stands beside n1: add it to relay.on',
  ],
  [
    'a change of policy that says not where, or not what',
    [
      'policy:',
      'events:\n  - ‸{ at: 1 s, policy: n0-n1, to: { fee_base_msat: 0 } }\n  - ‸{ at: 1 s, policy: n0-n1, from: n1 }\n  - { at: 1 s, kill: n1, ‸how: force }\npolicy:',
    ],
    'events[0].from: expected the end of n0-n1 that is meant, n0 or n1: is missing',
    'events[1].to: expected what changes, such as { fee_base_msat: 2000 }',
    'events[2].how: belongs to close and cut and partition, not to kill',
  ],
  [
    'a cut, a partition and a close that are done in words of others',
    [
      'policy:',
      'events:\n  - { at: 1 s, cut: n0-n1, how: ‸resett }\n  - { at: 1 s, cut: n0-n1, how: ‸force }\n  - { at: 1 s, partition: [n0], how: ‸half-open }\n  - { at: 1 s, close: n0-n1, how: ‸reset }\npolicy:',
    ],
    "events[0].how: expected one of blackhole, reset, half-open, found 'resett'; did you mean reset?",
    "events[1].how: expected one of blackhole, reset, half-open, found 'force'",
    "events[2].how: expected one of blackhole, reset, found 'half-open'",
    "events[3].how: expected one of cooperative, force, found 'reset'",
  ],
  [
    'a half-open cut that does not say which end is told, and other cuts that do',
    [
      'policy:',
      'events:\n  - ‸{ at: 1 s, cut: n0-n1, how: half-open }\n  - { at: 1 s, cut: n0-n1, how: half-open, from: ‸n2 }\n  - { at: 1 s, cut: n0-n1, how: reset, ‸from: n0 }\n  - { at: 1 s, cut: n0-n1, ‸from: n0 }\npolicy:',
    ],
    'events[0].from: expected the end of n0-n1 that is meant, n0 or n1: is missing',
    'events[1].from: expected the end of n0-n1 that is meant, n0 or n1: found n2',
    'events[2].from: belongs to a cut that is half-open, of which one end is told, not to a reset',
    'events[3].from: belongs to a cut that is half-open, of which one end is told, not to a blackhole',
  ],
  [
    'a partition with nobody on the other side, and an event of a workload that is not there',
    ['policy:', 'events:\n  - { at: 1 s, partition: ‸[n0, n1, n2] }\n  - { at: 1 s, mine: 1, workload: ‸3 }\npolicy:'],
    'events[0].partition: leaves nobody on the other side: name the nodes of one side',
    'events[1].workload: expected 1 to 2, since the file has 2, found 3',
  ],
  [
    'a threshold on an event that does not happen',
    [
      ['policy:', 'events: [{ at: 1 s, kill: n1 }]\npolicy:'],
      ['payment_latency_ms{hops=2}: p90 < 2 s', '‸recovery_ms{event=kill n2}: max < 2 s'],
    ],
    'thresholds."recovery_ms{event=kill n2}": nothing in this file yields recovery_ms with event=kill n2: event is kill n1',
  ],
  ['a matrix of seeds', ['policy:', 'matrix: { ‸seed: [1, 2] }\npolicy:'], 'matrix.seed: seed is the same for all runs of a file'],
  ['an origin that nobody knows', ['origin: shop', 'origin: ‸shp'], 'workloads[1].origin: no origin is called shp; did you mean shop?'],
  [
    'an origin near another node',
    [
      ['near: n2', 'near: n1'],
      ["['shop:80']", "[‸'shop:80']"],
      ['origin: shop', 'origin: ‸shop'],
    ],
    'relay.exit.n2.allow[0]: shop stands near n1: only its relay reaches it',
    'workloads[1].origin: shop stands near n1, where n2 cannot reach it: tunnel to n1',
  ],
  [
    'an origin called like a node',
    ['shop: { near: n2, port: 80 } }', 'shop: { near: n2 }, ‸n1: { near: n1 } }'],
    'origins.n1: a node is called n1 already: give the origin another name',
  ],
  [
    'an exit that lets nothing out',
    [
      ["exit: { n2: { allow: ['shop:80'] } }", 'budget: 1 sat'],
      ['origin: shop', 'origin: ‸shop'],
    ],
    "workloads[1].origin: n2's relay does not allow it: add 'shop:80' to relay.exit.n2.allow",
  ],
  [
    'an exit entry without a port',
    [
      ["'shop:80'", '‸shop'],
      ['origin: shop', 'origin: ‸shop'],
    ],
    "relay.exit.n2.allow[0]: expected host:port such as 'shop:80', 'example.org:443' or '10.1.0.0/16:80', found 'shop'",
    "workloads[1].origin: n2's relay does not allow it: add 'shop:80' to relay.exit.n2.allow",
  ],
  [
    'an exit entry with an impossible range',
    ["'shop:80'", "'shop:80', ‸'10.0.0.0/33:80'"],
    "relay.exit.n2.allow[1]: expected an address or a range such as 10.1.0.0/16 before the port, found '10.0.0.0/33'",
  ],
  [
    'a tunnel from a node without a relay',
    [
      ['on: all, exit', 'on: [n2], exit'],
      ['- { kind: tunnel', '- ‸{ kind: tunnel'],
    ],
    'workloads[1]: keysend needs a relay beside n0: set relay.on to all, or name it there',
  ],
  [
    'peer messages past a node without a relay',
    [
      ['on: all, exit', 'on: [n0, n2], exit'],
      ['- { kind: tunnel', '- ‸{ kind: tunnel'],
      ['carrier: keysend', 'carrier: peer-message'],
    ],
    'workloads[1]: peer-message needs a relay beside n1: set relay.on to all, or name it there',
  ],
  [
    'an onion limiter with a rate and no burst',
    ['onionLimiter: default', 'onionLimiter: ‸{ burst: 0 B }'],
    'nodes.onionLimiter: a rate and its burst must both be 0 (no limit) or neither; `off` sets all four to 0',
  ],
  [
    'an onion limiter that LND cannot set',
    ['onionLimiter: default', 'onionLimiter: { peer: ‸1 B/s }'],
    'nodes.onionLimiter.peer: expected whole kbit/s, found 0.008 kbit/s',
  ],
  [
    'an unknown metric',
    ['payment_latency_ms{', '‸payment_latncy_ms{'],
    'thresholds."payment_latncy_ms{hops=2}": no metric is called \'payment_latncy_ms\'; did you mean payment_latency_ms?',
  ],
  [
    'a metric that nothing yields',
    ['payment_latency_ms{hops=2}: p90 < 2 s', '‸message_goodput_bytes_per_s: value > 1 kB/s'],
    'thresholds.message_goodput_bytes_per_s: no workload of this file yields message_goodput_bytes_per_s',
  ],
  [
    'a tag value that nothing yields',
    ['payment_latency_ms{hops=2}', '‸payment_latency_ms{hops=3}'],
    'thresholds."payment_latency_ms{hops=3}": nothing in this file yields payment_latency_ms with hops=3: hops is 1 or 2',
  ],
  [
    'a tag that the metric does not have',
    ['payment_latency_ms{hops=2}', '‸payment_latency_ms{carrier=keysend}'],
    'thresholds."payment_latency_ms{carrier=keysend}": payment_latency_ms has no tag carrier; known: hops',
  ],
  [
    'a stat that the metric does not have',
    ['p90 < 2 s', '‸value < 2 s'],
    'thresholds."payment_latency_ms{hops=2}": this metric is many samples: expected count, min, p50, p90, p95, p99, p99.9, max, mean, found \'value\'',
  ],
  [
    'a percentile of too few samples',
    [['payment_latency_ms{hops=2}: p90', '‸payment_latency_ms{hops=2}: p99']],
    'thresholds."payment_latency_ms{hops=2}": p99 needs 100 samples, and this file takes 20: raise its count',
  ],
  [
    'a bound in the wrong unit',
    ['p90 < 2 s', '‸p90 < 2 kB'],
    'thresholds."payment_latency_ms{hops=2}": expected a duration such as 50 ms, 10 s or 2 min, found \'2 kB\': kB measures size',
  ],
  [
    'a threshold that is no condition',
    ['p90 < 2 s', '‸fast'],
    "thresholds.\"payment_latency_ms{hops=2}\": expected <stat> <op> <quantity> such as 'p90 < …' (op: < <= == >= > !=), found 'fast'",
  ],
  ['YAML that cannot be read', ['seed: 1', 'seed: ‸1: 2'], 'cannot be read as YAML: Nested mappings are not allowed in compact mappings'],
  ['a tag of a language', ['seed: 1', 'seed: ‸!ruby/object 1'], 'cannot be read as YAML: Unresolved tag: !ruby/object'],
  [
    'a second document',
    ['seed: 1', 'seed: 1\n‸---\n'],
    'cannot be read as YAML: a second document begins here (---); a scenario file holds one',
  ],
  [
    'several mistakes at once, in the order of the file',
    [
      ['seed: 1', 'seed: ‸x'],
      ['1 min', '‸1 lightyear'],
      ['balance: 0.5', 'balance: ‸2'],
      ['count: 20', 'count: ‸0'],
    ],
    "seed: expected a whole number, found 'x'",
    "timeLimit: expected a duration such as 50 ms, 10 s or 2 min, found '1 lightyear': unknown unit 'lightyear'; known: us, µs, ms, s, min, h",
    'topology.line.balance: expected at most 1, found 2',
    'workloads[0].count: expected at least 1, found 0',
  ],
];

const MARK = '‸';

/** The text without marks, and where they stood as line:column. */
function marked(text: string): { text: string; places: string[] } {
  const [first, ...rest] = text.split(MARK) as [string, ...string[]];
  let plain = first;
  const places = rest.map((part) => {
    const lines = plain.split('\n');
    plain += part;
    return `${lines.length}:${lines.at(-1)!.length + 1}`;
  });
  return { text: plain, places };
}

function complaints(text: string): string[] {
  try {
    scenarioOf('f.yaml', text);
    return [];
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    return error.message.split('\n').map((line) => line.replace(/^f\.yaml:/, ''));
  }
}

test('the scenario that the table is made from is good', (t) => {
  t.deepEqual(complaints(GOOD), []);
});

for (const [what, changes, ...messages] of TABLE) {
  test(`${what}: told with its place`, (t) => {
    const pairs = (typeof changes[0] === 'string' ? [changes] : changes) as readonly Change[];
    const changed = pairs.reduce((text, [gone, come]) => {
      t.true(text.includes(gone), `the table replaces what is there: ${gone}`);
      return text.replace(gone, come);
    }, GOOD);
    const { text, places } = marked(changed);
    t.deepEqual(
      complaints(text),
      messages.map((message, index) => `${places[index]}: ${message}`),
    );
  });
}

test('a file of an empty map, a list, a word or nothing is told what a scenario is', (t) => {
  t.regex(complaints('')[0]!, /^ is empty: a scenario is a map of keys/);
  t.regex(complaints('# only a comment\n')[0]!, /is empty/);
  t.is(complaints('[1, 2]')[0], '1:1: expected a map of keys (name, nodes, workloads, …), found a list');
  t.is(complaints('hello')[0], "1:1: expected a map of keys (name, nodes, workloads, …), found 'hello'");
  t.deepEqual(
    complaints('{}').map((line) => line.split(':')[2]),
    [' name', ' question', ' topology', ' workloads'],
  );
});

test('nesting without end and aliases that unfold without end are refused, quickly', (t) => {
  t.regex(complaints(`a: ${'['.repeat(5_000)}`)[0]!, /nested too deeply|cannot be read/);
  t.regex(complaints(`a: ${'['.repeat(100)}${']'.repeat(100)}`)[0]!, /nested deeper than 24 levels/);
  const bomb = [
    'a: &a [x, x, x, x, x, x, x, x, x]',
    ...'bcdefghi'.split('').map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[index]}`).join(', ')}]`),
  ];
  t.true(complaints(bomb.join('\n')).some((line) => line.includes('aliases unfold to too much')));
});

test('names of object internals are ordinary mistakes', (t) => {
  for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    for (const text of [
      `${key}: 1\n${GOOD}`,
      GOOD.replace('onionLimiter: default', `${key}: {}`),
      GOOD.replace('payment_latency_ms{hops=2}', key),
      GOOD.replace('kind: payment', `kind: ${key}`),
    ]) {
      t.true(complaints(text).length > 0, text);
    }
  }
});
