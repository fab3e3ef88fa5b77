import { execFileSync } from 'node:child_process';
import { tryOut } from './namespaces.ts';

/** Traffic of one server with one of its clients, or with all of them. */
export interface Flow {
  port: number;
  /** address of the client; absent: any */
  client?: string | undefined;
}

/**
 * The loopback interface of a network namespace. A flow that is struck goes through a class of its own, whose queue takes nothing, or which is
 * slow; everything else goes past all classes.
 */
export class Links {
  private count = 0;

  private constructor() {}

  /** @returns why it can't be had here */
  static open(): Links | string {
    return tryOut(['tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'handle', '1:', 'htb', 'default', '0']) ?? new Links();
  }

  /** Loses what goes to the server, what comes from it, or both. @returns a function that ends it */
  part(flow: Flow, side: 'both' | 'requests' | 'answers'): () => void {
    return this.divert(flow, side, ['rate', '8bit'], ['pfifo', 'limit', '0']);
  }

  /** Lets through so many bytes a second in both directions together; the rest waits. @returns a function that ends it */
  slow(flow: Flow, bytesPerSecond: number): () => void {
    // Packets of this interface are up to 64 KiB, so that a short queue is long.
    const rate = ['rate', `${String(bytesPerSecond * 8)}bit`, 'burst', '70000', 'cburst', '70000'];
    return this.divert(flow, 'both', rate, ['pfifo', 'limit', '200']);
  }

  /** Lets everything through at once. */
  close(): void {
    tryOut(['tc', 'qdisc', 'del', 'dev', 'lo', 'root']);
  }

  private divert(flow: Flow, side: 'both' | 'requests' | 'answers', rate: string[], queue: string[]): () => void {
    const number = (this.count += 1);
    const id = `1:${(number + 1).toString(16)}`;
    tc('class', 'add', ...['parent', '1:', 'classid', id, 'htb', ...rate, 'quantum', '60000']);
    tc('qdisc', 'add', ...['parent', id, ...queue]);
    const match = (port: 'dport' | 'sport', address: 'src' | 'dst') => {
      const client = flow.client === undefined ? [] : ['match', 'ip', address, `${flow.client}/32`];
      const filter = ['protocol', 'ip', 'prio', String(number), 'u32', ...client];
      tc('filter', 'add', 'parent', '1:', ...filter, 'match', 'ip', port, String(flow.port), '0xffff', 'flowid', id);
    };
    if (side !== 'answers') match('dport', 'src');
    if (side !== 'requests') match('sport', 'dst');
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      // After "close" there is nothing left to remove.
      tryOut(['tc', 'filter', 'del', 'dev', 'lo', 'parent', '1:', 'prio', String(number)]);
      tryOut(['tc', 'class', 'del', 'dev', 'lo', 'classid', id]);
    };
  }
}

function tc(object: string, verb: string, ...rest: string[]): void {
  execFileSync('tc', [object, verb, 'dev', 'lo', ...rest], { stdio: 'pipe' });
}
