/** Where LND and bitcoind come from, as data: three ways to have them. What an image is like inside stands in image-use.ts. */

export const LOCAL_LND_REF = 'leyden/lnd:0.21.3-beta';
export const LOCAL_BITCOIND_REF = 'leyden/bitcoind:knots-29';
const POLAR_BITCOIND_REF = 'polarlightning/bitcoind:30.0';

export type ProfileName = 'official' | 'polar' | 'local';

export interface Profile {
  readonly name: ProfileName;
  readonly how: 'pull' | 'build';
  readonly lnd: string;
  readonly bitcoind: string;
  /** Whether its LND has onion messages (0.21 and later). */
  readonly onionMessages: boolean;
}

/** In the order in which `auto` prefers them: the newest LND first, then without compiling. */
export const PROFILES: readonly Profile[] = [
  { name: 'official', how: 'pull', lnd: 'lightninglabs/lnd:v0.21.3-beta', bitcoind: POLAR_BITCOIND_REF, onionMessages: true },
  // Polar's newest. It has keysend and peer messages, no onion messages.
  { name: 'polar', how: 'pull', lnd: 'polarlightning/lnd:0.20.0-beta', bitcoind: POLAR_BITCOIND_REF, onionMessages: false },
  { name: 'local', how: 'build', lnd: LOCAL_LND_REF, bitcoind: LOCAL_BITCOIND_REF, onionMessages: true },
];

/** Every bitcoind that a profile uses, in the same order: any goes with an LND image that a scenario names. */
export const BITCOIND_REFS: readonly string[] = [...new Set(PROFILES.map((profile) => profile.bitcoind))];
