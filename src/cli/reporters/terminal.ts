import ora, { type Ora } from 'ora';
import { candleText, type Reporter, type WorkEvent } from './reporter.ts';

/** Steps with marks, and a spinner that names what is going on. */
export function terminalReporter(stream: NodeJS.WriteStream, colour: boolean, verbose: boolean): Reporter {
  const going = new Map<string, string>();
  let spinner: Ora | undefined;
  const paint = (code: number, text: string) => (colour ? `\u001b[${String(code)}m${text}\u001b[0m` : text);

  const spin = () => {
    const text = [...going.values()].join(', ');
    if (text === '') {
      spinner?.stop();
      return;
    }
    spinner ??= ora({ stream, color: colour ? 'cyan' : false, discardStdin: false });
    spinner.text = text.slice(0, Math.max(20, stream.columns - 4));
    if (!spinner.isSpinning) spinner.start();
  };
  const print = (text: string) => {
    spinner?.stop();
    stream.write(`${text}\n`);
    spin();
  };
  const marked = (mark: string, title: string, rest: string) => `${mark} ${title.padEnd(20)} ${rest}`.trimEnd();
  const done = paint(32, '✔');

  const show = (event: WorkEvent): void => {
    switch (event.event) {
      case 'step':
        if (event.state === 'started') {
          going.set(event.id, event.title);
          spin();
          return;
        }
        going.delete(event.id);
        if (event.minor === true && event.state !== 'failed' && !verbose) {
          spin();
          return;
        }
        if (event.state === 'failed') {
          print(marked(paint(31, '✖'), event.title, paint(2, `${event.seconds.toFixed(1)} s`)));
        } else {
          const time = event.state === 'unchanged' ? 'unchanged' : `${event.seconds.toFixed(1)} s`;
          print(marked(done, event.title, `${(event.detail ?? '').padEnd(19)} ${paint(2, time)}`));
        }
        return;
      case 'note':
      case 'detail':
        if (event.event === 'note' || verbose) print(`  ${paint(2, event.text)}`);
        return;
      case 'message':
        print(event.text);
        return;
      case 'progress':
        if (event.done === true) {
          going.delete(event.id);
          print(`${done} ${event.text}`);
        } else {
          going.set(event.id, event.text);
          spin();
        }
        return;
      case 'source':
        print(`  quotes from ${event.source}: ${event.reason}`);
        return;
      case 'candle':
        print(marked(done, 'first candle', candleText(event)));
    }
  };
  return {
    show,
    end: () => {
      going.clear();
      spinner?.stop();
    },
  };
}
