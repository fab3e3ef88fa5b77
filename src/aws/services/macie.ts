import { GetMacieSessionCommand, Macie2Client } from '@aws-sdk/client-macie2';
import { Fault } from '../../errors.ts';
import { awsErrorName, callAws, clientConfig, type AwsConnection } from './connection.ts';

/** Whether the account has a Macie session in this region. */
export async function isMacieOn(connection: AwsConnection): Promise<boolean> {
  const macie = new Macie2Client(clientConfig(connection));
  try {
    await callAws('macie2:GetMacieSession', () => macie.send(new GetMacieSessionCommand({})));
    return true;
  } catch (error) {
    // "Macie is not enabled" looks like a missing permission.
    const cause = error instanceof Fault ? (error.cause as Error) : (error as Error);
    if (/not enabled/i.test(cause.message) || awsErrorName(cause) === 'ResourceNotFoundException') return false;
    throw error;
  } finally {
    macie.destroy();
  }
}
