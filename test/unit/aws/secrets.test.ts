import { deepEqual, throws } from 'node:assert/strict';
import { parseSecret, secretFromEnvironment, secretKind } from '../../../src/aws/secrets.ts';

describe('secrets', () => {
  const alpaca = secretKind('alpaca');
  const coinapi = secretKind('coinapi');

  it('are read from a JSON object, or bare where there is one field', () => {
    deepEqual(parseSecret(alpaca, ' {"keyId":"a","secretKey":"b"}\n'), { keyId: 'a', secretKey: 'b' });
    deepEqual(parseSecret(coinapi, 'bare\n'), { key: 'bare' });
    deepEqual(parseSecret(coinapi, '{"key":"in an object"}'), { key: 'in an object' });
  });

  it('are refused with a field missing, empty or unknown, without their text', () => {
    for (const text of ['{"keyId":"hush"}', '{"keyId":"hush","secretKey":" "}', 'hush', '["hush"]', '{"hush']) {
      throws(
        () => parseSecret(alpaca, text),
        (error: Error & { kind?: string; next?: string }) =>
          error.kind === 'usage' && !`${error.message}${error.next ?? ''}`.includes('hush'),
      );
    }
    throws(() => parseSecret(alpaca, '{"keyId":"a","secretKey":"b","other":"c"}'), /other is not a field/);
    throws(() => parseSecret(coinapi, '  '), /key is missing/);
  });

  it('come from the variables that usually hold them', () => {
    const env = { APCA_API_KEY_ID: 'a', APCA_API_SECRET_KEY: 'b' };
    deepEqual(secretFromEnvironment(alpaca, env), { keyId: 'a', secretKey: 'b' });
    throws(() => secretFromEnvironment(alpaca, { APCA_API_KEY_ID: 'a' }), /^Fault: APCA_API_SECRET_KEY is not set/);
  });

  it('have names that a part of a lake reads', () => {
    throws(() => secretKind('nope'), { kind: 'usage' });
  });
});
