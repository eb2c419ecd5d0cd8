import test from 'ava';
import { endedByItself } from '../../nodes/docker/container.ts';
import { ProcessEndedError } from '../../nodes/errors.ts';

const MIB = 2 ** 20;

const limited = { hostname: 'n0-relay', memoryBytes: 64 * MIB };
const told = (spec: { hostname: string; memoryBytes?: number }, ExitCode: number, OOMKilled: boolean) =>
  endedByItself(spec, { ExitCode, OOMKilled }, 'its log');

test('who ended for want of memory is told with its limit and what to raise, also where the engine only saw a SIGKILL under it', (t) => {
  const error = told(limited, 137, true);
  t.true(error instanceof ProcessEndedError);
  t.is(error.message, 'n0-relay ended by itself (exit code 137, out of memory: its limit is 64 MiB)\nits last log:\nits log');
  t.is(error.hint, 'raise the memory of n0-relay in the scenario: nodes.memory, relay.memory or bitcoind.memory');
  t.regex(told(limited, 137, false).message, /exit code 137, likely out of memory: its limit is 64 MiB/);
});

test('who ended otherwise, or where the machine itself was out of memory, is told of no limit', (t) => {
  for (const [error, how] of [
    [told(limited, 1, false), /\(exit code 1\)/],
    [told({ hostname: 'n0' }, 137, false), /\(exit code 137\)/],
    [told({ hostname: 'n0' }, 137, true), /\(exit code 137, out of memory\)/],
  ] as const) {
    t.regex(error.message, how);
    t.is(error.hint, undefined);
  }
});
