import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** An RSA key and a certificate that it signs itself, both in PEM. */
export interface SelfSigned {
  privateKey: string;
  certificate: string;
}

// Tags of ASN.1's distinguished encoding: ITU-T X.690.
const integer = 0x02;
const bitString = 0x03;
const octetString = 0x04;
const nothing = 0x05;
const objectId = 0x06;
const utf8 = 0x0c;
const utcTime = 0x17;
const sequence = 0x30;
const set = 0x31;

function encode(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(content.length);
  const length = size.subarray(size.findIndex((byte) => byte !== 0));
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, content]);
}

/** From its dotted form; each number in groups of seven bits. */
function encodeObjectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = rest.flatMap((number) => {
    const groups = [number & 0x7f];
    for (let left = number >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return encode(objectId, Buffer.from([first * 40 + second, ...bytes]));
}

/** `YYMMDDHHMMSSZ`: good until 2049. */
function encodeTime(at: Date): Buffer {
  return encode(utcTime, Buffer.from(`${at.toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`));
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/**
 * A certificate for a name and whatever it stands for (RFC 5280), which is also its own authority.
 * @param name host name, may begin with `*.`
 * @param days for which it holds from now on
 */
export function makeSelfSigned(name: string, days: number, now = new Date()): SelfSigned {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const algorithm = encode(sequence, encodeObjectId('1.2.840.113549.1.1.11'), encode(nothing));
  const subject = encode(
    sequence,
    encode(set, encode(sequence, encodeObjectId('2.5.4.3'), encode(utf8, Buffer.from(name)))),
  );
  const alternatives = encode(sequence, encode(0x82, Buffer.from(name)));
  const extension = (id: string, value: Buffer) => encode(sequence, encodeObjectId(id), encode(octetString, value));
  const keyId = createHash('sha1').update(publicKey).digest();
  const body = encode(
    sequence,
    encode(0xa0, encode(integer, Buffer.from([2]))),
    // A leading zero would not be minimal, and a leading bit would make it negative.
    encode(integer, Buffer.concat([Buffer.from([0x40]), randomBytes(15)])),
    algorithm,
    subject,
    encode(sequence, encodeTime(now), encodeTime(new Date(now.getTime() + days * 86_400_000))),
    subject,
    publicKey,
    encode(
      0xa3,
      encode(
        sequence,
        extension('2.5.29.17', alternatives),
        extension('2.5.29.14', encode(octetString, keyId)),
        extension('2.5.29.19', encode(sequence, encode(0x01, Buffer.from([0xff])))),
      ),
    ),
  );
  const signature = encode(bitString, Buffer.from([0]), sign('sha256', body, privateKey));
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: pem('CERTIFICATE', encode(sequence, body, algorithm, signature)),
  };
}
