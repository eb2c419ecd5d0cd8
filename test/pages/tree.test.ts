/** Oracle: the vectors of RFC 6962's reference implementation (certificate-transparency, merkletree tests), over eight published leaves. */
import test from 'ava';
import fc from 'fast-check';
import { auditPath, leafHash, rootFrom, treeRoot } from '../../nodes/relay/pages/tree.ts';
import { FrameError } from '../../nodes/relay/wire/bytes.ts';

const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map((hex) =>
  leafHash(Buffer.from(hex, 'hex')),
);

const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

test('roots over one to eight leaves are those of the reference', (t) => {
  t.deepEqual(
    ROOTS.map((_, index) => treeRoot(LEAVES.slice(0, index + 1)).toString('hex')),
    ROOTS,
  );
  t.is(treeRoot([]).toString('hex'), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});

test('audit paths are those of the reference', (t) => {
  const path = (index: number, count: number) => auditPath(LEAVES.slice(0, count), index).map((hash) => hash.toString('hex'));
  t.deepEqual(path(0, 1), []);
  t.deepEqual(path(0, 8), [
    '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  ]);
  t.deepEqual(path(5, 8), [
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ]);
  t.deepEqual(path(2, 3), ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']);
  t.deepEqual(path(1, 5), [
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
  ]);
});

test('every leaf’s path leads to the root, and to no other from anywhere else', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(), fc.nat(), (count, at, other) => {
      const leaves = Array.from({ length: count }, (_, index) => leafHash(Buffer.of(index)));
      const [index, wrong] = [at % count, other % count];
      const path = auditPath(leaves, index);
      const root = treeRoot(leaves).toString('hex');
      t.is(rootFrom(leaves[index]!, index, count, path).toString('hex'), root);
      if (wrong !== index) {
        t.not(rootFrom(leaves[wrong]!, index, count, path).toString('hex'), root);
        t.not(leadsTo(leaves[index]!, wrong, count, path), root);
      }
      t.throws(() => rootFrom(leaves[index]!, index, count, [...path, leaves[0]!]), { instanceOf: FrameError });
      if (path.length > 0) t.throws(() => rootFrom(leaves[index]!, index, count, path.slice(1)), { instanceOf: FrameError });
      t.throws(() => rootFrom(leaves[index]!, count, count, path), { instanceOf: FrameError });
    }),
  );
});

const leadsTo = (...from: Parameters<typeof rootFrom>): string => {
  try {
    return rootFrom(...from).toString('hex');
  } catch {
    return 'nowhere: the path has another length there';
  }
};
