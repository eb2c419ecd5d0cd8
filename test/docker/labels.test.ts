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

test('a process that cannot be looked for, since its numbers are another PID namespace’s, has until its labels expire', (t) => {
  const labels = { ...labelsOf({ runId: 'a', keep: false }), 'leyden.pid': '999999999', 'leyden.pidns': 'pid:[1]' };
  t.is(ownerState(labels), 'living');
  t.is(ownerState({ ...labels, 'leyden.expires': new Date(0).toISOString() }), 'orphan');
  t.is(ownerState({ ...labels, 'leyden.boot': 'another boot' }), 'orphan');
});

test('labels of versions that told no PID namespace are judged by their process alone', (t) => {
  const { 'leyden.pidns': told, ...labels } = labelsOf({ runId: 'a', keep: false });
  t.is(typeof told, 'string');
  t.is(ownerState(labels), 'living');
  t.is(ownerState({ ...labels, 'leyden.pid': '999999999' }), 'orphan');
});
