import {
  CloudWatchLogsClient,
  DescribeLogStreamsCommand,
  GetLogEventsCommand,
  paginateDescribeLogStreams,
  paginateFilterLogEvents,
  type LogStream,
} from '@aws-sdk/client-cloudwatch-logs';
import { awsErrorName, callAws, clientConfig, useClient, type AwsConnection } from './connection.ts';

export interface LogEvent {
  id: string;
  stream: string;
  /** milliseconds since the epoch */
  at: number;
  line: string;
}

export interface LogRange {
  group: string;
  /** only this stream */
  stream?: string | undefined;
  /** only streams whose names begin so */
  streams?: string | undefined;
  /** milliseconds since the epoch, inclusive */
  from: number;
}

/** Events of a group from a time on, oldest first; none when there is no such group. */
export async function* readEvents(
  connection: AwsConnection,
  range: LogRange,
  signal: AbortSignal,
): AsyncGenerator<LogEvent> {
  const client = new CloudWatchLogsClient(clientConfig(connection));
  const asked = {
    logGroupName: range.group,
    startTime: range.from,
    ...(range.stream === undefined ? {} : { logStreamNames: [range.stream] }),
    ...(range.streams === undefined ? {} : { logStreamNamePrefix: range.streams }),
  };
  try {
    const pages = paginateFilterLogEvents({ client }, asked);
    for (;;) {
      const { done, value } = await callAws('logs:FilterLogEvents', () => pages.next());
      if (done === true || signal.aborted) return;
      for (const { eventId = '', logStreamName = '', timestamp = 0, message = '' } of value.events ?? []) {
        yield { id: eventId, stream: logStreamName, at: timestamp, line: message.trimEnd() };
      }
    }
  } catch (error) {
    if (awsErrorName(error) !== 'ResourceNotFoundException') throw error;
  } finally {
    client.destroy();
  }
}

/** The last event of the newest of the streams whose names begin so: each task has one. */
export async function lastEventOfNewest(
  connection: AwsConnection,
  group: string,
  start: string,
): Promise<LogEvent | undefined> {
  const streams: LogStream[] = [];
  const asked = { logGroupName: group, logStreamNamePrefix: start };
  try {
    await useClient(new CloudWatchLogsClient(clientConfig(connection)), (client) =>
      callAws('logs:DescribeLogStreams', async () => {
        for await (const page of paginateDescribeLogStreams({ client }, asked))
          streams.push(...(page.logStreams ?? []));
      }),
    );
  } catch (error) {
    if (awsErrorName(error) !== 'ResourceNotFoundException') throw error;
  }
  const [newest] = streams.sort((one, other) => (other.creationTime ?? 0) - (one.creationTime ?? 0));
  return newest === undefined ? undefined : lastEvent(connection, group, newest.logStreamName ?? '');
}

/** The last event of a stream, undefined when there is none. */
export async function lastEvent(
  connection: AwsConnection,
  group: string,
  stream: string,
): Promise<LogEvent | undefined> {
  const client = new CloudWatchLogsClient(clientConfig(connection));
  try {
    return await callAws('logs:GetLogEvents', async () => {
      const { logStreams = [] } = await client.send(
        new DescribeLogStreamsCommand({ logGroupName: group, logStreamNamePrefix: stream, limit: 1 }),
      );
      if (logStreams[0]?.logStreamName !== stream) return undefined;
      const { events = [] } = await client.send(
        new GetLogEventsCommand({ logGroupName: group, logStreamName: stream, startFromHead: false, limit: 1 }),
      );
      const last = events.at(-1);
      return last === undefined
        ? undefined
        : { id: '', stream, at: last.timestamp ?? 0, line: (last.message ?? '').trimEnd() };
    });
  } catch (error) {
    if (awsErrorName(error) === 'ResourceNotFoundException') return undefined;
    throw error;
  } finally {
    client.destroy();
  }
}
