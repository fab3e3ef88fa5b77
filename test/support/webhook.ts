import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Notification } from '../../src/local/alarms/notification.ts';
import { awaitAnswer } from '../../src/tools/waiting.ts';

/** An HTTP server that receives the webhooks of a lake. */
export class WebhookReceiver {
  /** the accepted requests */
  readonly taken: Notification[] = [];
  /** number of requests */
  asked = 0;
  /** status codes of the next responses, before the usual ones */
  readonly refusals: number[] = [];
  /** while true, requests get no response */
  holding = false;
  private readonly held: ServerResponse[] = [];

  private constructor(private readonly server: Server) {}

  static async open(): Promise<WebhookReceiver> {
    const server = createServer();
    const receiver = new WebhookReceiver(server);
    server.on('request', (request, response) => {
      receiver.asked += 1;
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const refusal = receiver.refusals.shift();
        if (refusal !== undefined) response.writeHead(refusal).end('no');
        else if (receiver.holding) receiver.held.push(response);
        else {
          receiver.taken.push(JSON.parse(Buffer.concat(chunks).toString()) as Notification);
          response.writeHead(204).end();
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  /** Its URL, which contains a secret as those of chat tools do. */
  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}/hooks/${webhookSecret}`;
  }

  /** Alarms and their states in order of arrival, such as `part-down firing`. */
  get told(): string[] {
    return this.taken.map(({ groupLabels, status }) => `${groupLabels.alertname} ${status}`);
  }

  /** Waits for a message such as `part-down firing`. @returns the first one */
  async await(what: string, withinMs = 60_000): Promise<Notification | undefined> {
    return awaitAnswer(() => this.taken[this.told.indexOf(what)], { withinMs, everyMs: 20 });
  }

  close(): void {
    for (const response of this.held) response.destroy();
    this.server.close();
    this.server.closeAllConnections();
  }
}

export const webhookSecret = 'T0KEN-of-the-hook';
