import * as z from 'zod';
import { Fault } from '../errors.ts';
import { credentialUser, findToken } from './credential.ts';

/** A broker, as a client reaches it. Data, because journals and the supervisor hold it. */
export const brokerSchema = z.object({
  bootstrapServers: z.string(),
  /** of the broker that is meant: another one that answers is refused; absent: any is taken */
  clusterId: z.string().optional(),
  /** file with the lake's credential, where the broker asks for it */
  credential: z.string().optional(),
});

export interface Broker {
  bootstrapServers: string;
  clusterId?: string | undefined;
  credential?: string | undefined;
}

/** How a client of kafkajs signs in; nothing where the broker asks for no credential. @throws Fault of kind `environment` when there is no token in the file */
export function signIn({ credential }: Pick<Broker, 'credential'>) {
  if (credential === undefined) return {};
  return {
    sasl: { mechanism: 'scram-sha-512', username: credentialUser, password: readToken(credential) } as const,
    ssl: false,
  };
}

function readToken(file: string): string {
  const token = findToken(file);
  if (token !== undefined) return token;
  throw new Fault('environment', 'can’t read the credential of the lake, without which its broker lets nobody in', {
    where: file,
    next: 'Run the command as the user of the lake; "cryptodm up" repairs the file.',
  });
}

/** Properties by which any client of Kafka on the JVM signs in: they name the file, and the client reads it. */
export function clientProperties(credential: string): Record<string, string> {
  return {
    'security.protocol': 'SASL_PLAINTEXT',
    'sasl.mechanism': 'SCRAM-SHA-512',
    'sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required username="${credentialUser}" password="\${lake:credential}";`,
    'config.providers': 'lake',
    'config.providers.lake.class': 'io.cryptodm.contracts.CredentialProvider',
    'config.providers.lake.param.file': credential,
  };
}
