/** The least that a relay's calls need of LND: on-chain funds and channels are out of its reach. The one list; `sim node` prints it. */

const PERMISSIONS = [
  'info:read',
  'offchain:read',
  'offchain:write',
  'invoices:read',
  // Of what writes invoices, what may refuse an HTLC that ends here and what makes an invoice, but not what settles or cancels others'.
  'uri:/invoicesrpc.Invoices/HtlcModifier',
  'uri:/lnrpc.Lightning/AddInvoice',
  'message:read',
  'message:write',
  'peers:read',
  // Connects and disconnects, and sets the feature bit by which relays are found.
  'peers:write',
  'signer:generate',
];

/** As LND's BakeMacaroon takes them. */
export const RELAY_PERMISSIONS = PERMISSIONS.map((permission) => {
  const at = permission.indexOf(':');
  return { entity: permission.slice(0, at), action: permission.slice(at + 1) };
});

/** The command by which an operator makes the same macaroon. */
export const BAKE_COMMAND = `lncli bakemacaroon --save_to relay.macaroon ${PERMISSIONS.join(' ')}`;

const FOLD_CHARS = 72;

/** The same for a shell, in lines that a terminal of 80 columns leaves whole. */
export const BAKE_COMMAND_FOLDED = folded(BAKE_COMMAND.split(' '));

function folded(words: readonly string[]): string {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length >= FOLD_CHARS) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join(' \\\n  ');
}
