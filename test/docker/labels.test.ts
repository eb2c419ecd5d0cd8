import test from 'ava';
import { labelsOf, ownerState } from '../../nodes/docker/labels.ts';

test('what this process made has a living owner', (t) => {
  t.is(ownerState(labelsOf({ runId: 'a', keep: false })), 'living');
});

test('what was kept on purpose is held, whoever made it', (t) => {
  t.is(ownerState({ ...labelsOf({ runId: 'a', keep: true }), 'leyden.pid': '999999999' }), 'held');
});

test('a process that is gone, a number taken by another process and an earlier boot leave orphans', (t) => {
  const labels = labelsOf({ runId: 'a', keep: false });
  t.is(ownerState({ ...labels, 'leyden.pid': '999999999' }), 'orphan');
  t.is(ownerState({ ...labels, 'leyden.started': '1' }), 'orphan');
  t.is(ownerState({ ...labels, 'leyden.boot': 'another boot' }), 'orphan');
  t.is(ownerState({ ...labels, 'leyden.pid': 'not a number' }), 'orphan');
});
