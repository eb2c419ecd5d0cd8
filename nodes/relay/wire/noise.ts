/**
 * The Noise Protocol Framework (revision 34) over secp256k1, as BOLT 8 takes it: DH is SHA-256 of the compressed shared point,
 * ChaChaPoly, SHA-256. Sessions use NK (the server's key is known, the client is nobody in particular) and, for a client that says
 * who it is, IK; XK is BOLT 8's own handshake, here so that its published vectors check every step of the same code.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { FrameError } from './bytes.ts';

export interface KeyPair {
  /** Compressed, 33 bytes. */
  readonly publicKey: Uint8Array;
  /** SHA-256 of the compressed shared point. A node's key answers through LND, hence the promise. */
  dh(publicKey: Uint8Array): Promise<Uint8Array> | Uint8Array;
}

export interface TransportKeys {
  readonly send: Uint8Array;
  readonly receive: Uint8Array;
  /** Where the ratchets of both directions begin (BOLT 8's ck). */
  readonly chaining: Uint8Array;
  /** Transcript hash: binds whatever is derived to this one handshake. */
  readonly hash: Uint8Array;
}

export type Pattern = 'NK' | 'IK' | 'XK';
type Token = 'e' | 's' | 'ee' | 'es' | 'se' | 'ss';

/** All have the pre-message `<- s`. */
const PATTERNS: Readonly<Record<Pattern, readonly (readonly Token[])[]>> = {
  NK: [
    ['e', 'es'],
    ['e', 'ee'],
  ],
  IK: [
    ['e', 'es', 's', 'ss'],
    ['e', 'ee', 'se'],
  ],
  XK: [
    ['e', 'es'],
    ['e', 'ee'],
    ['s', 'se'],
  ],
};

export const PUBLIC_KEY_BYTES = 33;
const TAG_BYTES = 16;
/** NK's first and second message without payload. */
export const HANDSHAKE_OVERHEAD_BYTES = PUBLIC_KEY_BYTES + TAG_BYTES;

export interface HandshakeOptions {
  readonly pattern: Pattern;
  readonly initiator: boolean;
  readonly prologue: Uint8Array;
  /** A fresh pair for this handshake alone. */
  readonly ephemeral: KeyPair;
  /** The responder's own; with IK and XK the initiator's too. */
  readonly local?: KeyPair;
  /** The responder's, at the initiator. */
  readonly remote?: Uint8Array;
}

/** Messages alternate, the initiator writes the first. Any failure ends the handshake: make a new one. */
export class Handshake {
  readonly #options: HandshakeOptions;
  readonly #state: SymmetricState;
  #remoteStatic: Uint8Array | undefined;
  #remoteEphemeral: Uint8Array | undefined;
  #step = 0;

  constructor(options: HandshakeOptions) {
    this.#options = options;
    this.#state = new SymmetricState(`Noise_${options.pattern}_secp256k1_ChaChaPoly_SHA256`);
    this.#remoteStatic = options.remote;
    this.#state.mixHash(options.prologue);
    this.#state.mixHash(options.initiator ? known(options.remote) : known(options.local).publicKey);
  }

  /** The other end's static key, once it is known. */
  get remoteStatic(): Uint8Array | undefined {
    return this.#remoteStatic;
  }

  async write(payload: Uint8Array): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    for (const token of this.#tokens()) {
      if (token === 'e') {
        parts.push(this.#options.ephemeral.publicKey);
        this.#state.mixHash(this.#options.ephemeral.publicKey);
      } else if (token === 's') {
        parts.push(this.#state.encryptAndHash(known(this.#options.local).publicKey));
      } else await this.#mixDh(token);
    }
    parts.push(this.#state.encryptAndHash(payload));
    return Buffer.concat(parts);
  }

  /** @returns the payload. @throws FrameError when the message is malformed or does not authenticate. */
  async read(message: Uint8Array): Promise<Uint8Array> {
    let rest = message;
    const take = (length: number): Uint8Array => {
      if (rest.length < length) throw new FrameError(`a handshake message of ${message.length} B is too short`);
      const part = rest.subarray(0, length);
      rest = rest.subarray(length);
      return part;
    };
    for (const token of this.#tokens()) {
      if (token === 'e') {
        this.#remoteEphemeral = point(take(PUBLIC_KEY_BYTES));
        this.#state.mixHash(this.#remoteEphemeral);
      } else if (token === 's') {
        this.#remoteStatic = point(this.#state.decryptAndHash(take(PUBLIC_KEY_BYTES + TAG_BYTES)));
      } else await this.#mixDh(token);
    }
    return this.#state.decryptAndHash(rest);
  }

  /** After the last message. */
  split(): TransportKeys {
    const [toResponder, toInitiator] = this.#state.split();
    const [send, receive] = this.#options.initiator ? [toResponder, toInitiator] : [toInitiator, toResponder];
    return { send, receive, chaining: this.#state.chaining, hash: this.#state.hash };
  }

  #tokens(): readonly Token[] {
    const tokens = PATTERNS[this.#options.pattern][this.#step];
    this.#step += 1;
    return known(tokens);
  }

  /** First letter: the initiator's key, second: the responder's. */
  async #mixDh(token: 'ee' | 'es' | 'se' | 'ss'): Promise<void> {
    const { initiator, ephemeral, local } = this.#options;
    const [own, other] = initiator ? [token[0], token[1]] : [token[1], token[0]];
    const pair = own === 'e' ? ephemeral : known(local);
    this.#state.mixKey(await pair.dh(known(other === 'e' ? this.#remoteEphemeral : this.#remoteStatic)));
  }
}

/** A pair of these 32 secret bytes. @throws FrameError when they are no valid secret key (chance 2^-128). */
export const keyPair = (secret: Uint8Array): KeyPair => {
  if (!secp256k1.utils.isValidSecretKey(secret)) throw new FrameError('32 bytes that are no secret key');
  return {
    publicKey: secp256k1.getPublicKey(secret, true),
    dh: (publicKey) => sha256(secp256k1.getSharedSecret(secret, publicKey, true)),
  };
};

/** The framework's SymmetricState with its CipherState (§5.1, §5.2). */
class SymmetricState {
  hash: Buffer;
  #chainingKey: Buffer;
  #key: Buffer | undefined;
  #nonce = 0;

  constructor(protocolName: string) {
    const name = Buffer.from(protocolName);
    this.hash = name.length <= 32 ? Buffer.concat([name, Buffer.alloc(32 - name.length)]) : sha256(name);
    this.#chainingKey = this.hash;
  }

  get chaining(): Uint8Array {
    return this.#chainingKey;
  }

  mixHash(data: Uint8Array): void {
    this.hash = sha256(this.hash, data);
  }

  mixKey(material: Uint8Array): void {
    [this.#chainingKey, this.#key] = hkdf(this.#chainingKey, material);
    this.#nonce = 0;
  }

  encryptAndHash(plaintext: Uint8Array): Buffer {
    const cipher = createCipheriv('chacha20-poly1305', known(this.#key), this.#nextNonce(), { authTagLength: TAG_BYTES });
    cipher.setAAD(this.hash, { plaintextLength: plaintext.length });
    const sealed = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    this.mixHash(sealed);
    return sealed;
  }

  decryptAndHash(sealed: Uint8Array): Buffer {
    if (sealed.length < TAG_BYTES) throw new FrameError('a handshake message without its tag');
    const ciphertext = sealed.subarray(0, sealed.length - TAG_BYTES);
    const decipher = createDecipheriv('chacha20-poly1305', known(this.#key), this.#nextNonce(), { authTagLength: TAG_BYTES });
    decipher.setAAD(this.hash, { plaintextLength: ciphertext.length });
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    const plaintext = decipher.update(ciphertext);
    try {
      decipher.final();
    } catch (cause) {
      throw new FrameError('a handshake message that does not authenticate', { cause });
    }
    this.mixHash(sealed);
    return plaintext;
  }

  split(): [Buffer, Buffer] {
    return hkdf(this.#chainingKey, Buffer.alloc(0));
  }

  #nextNonce(): Buffer {
    const nonce = Buffer.alloc(12);
    nonce.writeUInt32LE(this.#nonce, 4);
    this.#nonce += 1;
    return nonce;
  }
}

/** BOLT 8's key rotation: the next chaining key and the next key. Nothing leads back. */
export const ratchet = (chaining: Uint8Array, key: Uint8Array): readonly [chaining: Uint8Array, key: Uint8Array] => hkdf(chaining, key);

const hkdf = (chainingKey: Uint8Array, material: Uint8Array): [Buffer, Buffer] => {
  const temporary = hmac(chainingKey, material);
  const first = hmac(temporary, Uint8Array.of(1));
  return [first, hmac(temporary, Buffer.concat([first, Uint8Array.of(2)]))];
};

const hmac = (key: Uint8Array, data: Uint8Array): Buffer => createHmac('sha256', key).update(data).digest();

const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

const point = (bytes: Uint8Array): Uint8Array => {
  if (!secp256k1.utils.isValidPublicKey(bytes, true)) throw new FrameError('33 bytes that are no point of secp256k1');
  return bytes;
};

const known = <T>(value: T | undefined): T => {
  if (value === undefined) throw new TypeError('a bug: the handshake lacks a key that its pattern needs');
  return value;
};
