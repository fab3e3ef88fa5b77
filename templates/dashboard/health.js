import { element } from './elements.js';
import { age, exact, group, rounded } from './numbers.js';
import { Spark, pointsOf } from './spark.js';
import { showTable } from './tables.js';
import { stateWord, word } from './words.js';

/** @import { Answers, HealthSample, LiveEvents } from '../../src/local/dashboard/api.ts' */
/** @import { LakeStatus } from '../../src/local/status/model.ts' */

/** @import { Word } from './words.js' */

/** @typedef {keyof HealthSample['jobs'][string]} Figure */

/** The lake's health: problems, freshness of both stores, jobs with the last hour as lines, parts. */
export class Health {
  /** @type {readonly HealthSample[]} */
  #samples = [];
  /** @type {LakeStatus | undefined} */
  #status;
  /** Figures of jobs by job and figure. @type {Map<string, FigureCell>} */
  #figures = new Map();
  /** Milliseconds that the server's clock is ahead of the browser's. */
  #offset = 0;

  constructor() {
    setInterval(() => this.#showFreshness(), 1000);
  }

  /**
   * Shows everything, as after a break.
   * @param {Answers['/api/health']} health
   */
  start({ at, status, samples }) {
    this.#samples = samples;
    this.show({ at, status });
  }

  /** @param {LiveEvents['health']} health */
  show({ at, status, sample }) {
    if (sample) this.#samples = [...this.#samples, sample].slice(-240);
    this.#status = status;
    // Ages go by the server's clock.
    this.#offset = Date.parse(at) - Date.now();
    const state = element('lake-state');
    state.textContent = word('lakeState', stateWord(status.state));
    state.className = `badge ${status.state === 'up' ? 'up' : 'warn'}`;
    this.#showProblems(status);
    this.#showFreshness();
    this.#showJobs(status);
    this.#showParts(status);
  }

  /**
   * Seconds since a time.
   * @param {string} iso
   */
  #since(iso) {
    return (Date.now() + this.#offset - Date.parse(iso)) / 1000;
  }

  /** @param {LakeStatus} status */
  #showProblems({ problems }) {
    element('problems').replaceChildren(
      ...problems.map((problem) => {
        const box = document.createElement('div');
        box.className = 'problem';
        box.dataset['problem'] = problem.id;
        box.lang = 'en';
        const next = document.createElement('small');
        next.textContent = problem.next;
        const since = problem.since === undefined ? '' : word('sinceTime', age(this.#since(problem.since)));
        box.append(`${problem.what}${since}`, next);
        return box;
      }),
    );
  }

  #showFreshness() {
    if (this.#status === undefined) return;
    const { jobs, producers } = this.#status;
    /** @type {[title: string, job: string][]} */
    const stores = [
      ['Iceberg', 'quotes-iceberg'],
      ['Elasticsearch', 'quotes-elasticsearch'],
      [word('layers'), 'lake-layers'],
    ];
    const tiles = stores.map(([title, id]) => {
      const job = jobs.find((candidate) => candidate.id === id);
      const seen = job?.visibleAt === undefined ? word('nothingYet') : word('ago', age(this.#since(job.visibleAt)));
      const took = job?.freshnessSeconds === undefined ? '' : word('visibleAfter', rounded(job.freshnessSeconds, 1));
      return tile(title, seen, took);
    });
    const senders = producers.map((producer) => {
      return tile(
        word('producerOf', producer.id),
        producer.source,
        word('acknowledged', group(String(producer.acknowledged))),
      );
    });
    const bad = jobs.reduce((sum, job) => sum + job.badRecords, 0);
    const reason = jobs.find((job) => job.lastBad !== undefined)?.lastBad?.reason ?? word('sinceStart');
    element('freshness').replaceChildren(...tiles, ...senders, tile(word('badRecords'), exact(bad), reason));
  }

  /** @param {LakeStatus} status */
  #showJobs({ jobs }) {
    /** @type {(id: string, name: Figure, value: number | undefined) => Element} */
    const figure = (id, name, value) => {
      const key = `${id} ${name}`;
      const cell = this.#figures.get(key) ?? new FigureCell(name);
      this.#figures.set(key, cell);
      cell.show(
        value,
        this.#samples.map(({ jobs: of }) => of[id]?.[name] ?? null),
        this.#sampledFor(),
      );
      return cell.place;
    };
    showTable(
      element('jobs'),
      [
        word('job'),
        word('state'),
        ...['lag', 'batch', 'fresh', 'bad'].map((name) => `#${word(/** @type {Word} */ (name))}`),
      ],
      jobs.map((job) => [
        job.title,
        { text: stateWord(job.state), className: job.state === 'running' ? 'up' : 'down' },
        figure(job.id, 'lag', job.lag),
        figure(job.id, 'batchMs', job.lastBatchMs),
        figure(job.id, 'freshness', job.freshnessSeconds),
        figure(job.id, 'bad', job.badRecords),
      ]),
    );
  }

  /** Seconds that the samples are about. */
  #sampledFor() {
    const first = this.#samples[0];
    return first === undefined ? 0 : Math.max(0, this.#since(first.at));
  }

  /** @param {LakeStatus} status */
  #showParts({ resident, parts }) {
    /** @type {Partial<LakeStatus['parts'][number]> & { title: string, state: string }} */
    const supervisor = { title: 'supervisor', state: resident === undefined ? 'down' : 'up', ...resident };
    const all = [supervisor, ...parts];
    showTable(
      element('parts'),
      [
        ...[word('part'), word('state'), `#${word('since')}`, `#${word('memory')}`],
        ...[`#${word('restarts')}`, word('lastEnd')],
      ],
      all.map((part) => [
        part.title,
        { text: stateWord(part.state), className: part.state === 'up' || part.state === 'ended' ? 'up' : 'down' },
        part.since === undefined ? '' : age(this.#since(part.since)),
        part.memoryBytes === undefined ? '' : `${rounded(part.memoryBytes / 1e6, 0)} MB`,
        part.restarts ? String(part.restarts) : '',
        part.restarts ? (part.lastExit ?? '') : '',
      ]),
    );
  }
}

/** @type {(title: string, value: string, detail: string) => Element} */
function tile(title, value, detail) {
  const box = document.createElement('div');
  box.className = 'tile';
  const strong = document.createElement('b');
  strong.textContent = value;
  box.append(title, strong, detail);
  return box;
}

/** Of each figure its title and how it is written, with its unit. @type {Record<Figure, [Word, (value: number) => string]>} */
const figures = {
  lag: ['lag', (value) => word('records', exact(value))],
  batchMs: ['batch', (value) => `${rounded(value, 0)} ms`],
  freshness: ['fresh', (value) => `${rounded(value, 1)} s`],
  bad: ['bad', (value) => word('records', exact(value))],
};

/** A figure with its unit, and beside it the line of its last hour. */
class FigureCell {
  place = document.createElement('span');
  #text = document.createElement('span');
  #spark = new Spark();
  #name;

  /** @param {Figure} name */
  constructor(name) {
    this.#name = name;
    this.place.className = 'figure';
    this.place.append(this.#spark.picture, this.#text);
  }

  /**
   * @param {number | undefined} value
   * @param {readonly (number | null)[]} values
   * @param {number} seconds that they are about
   */
  show(value, values, seconds) {
    const [title, write] = figures[this.#name];
    const text = value === undefined ? '?' : write(value);
    if (this.#text.textContent !== text) this.#text.textContent = text;
    const most = Math.max(0, ...values.map((one) => one ?? 0));
    this.#spark.draw(pointsOf(values, 0), word('figureOf', word(title), age(seconds), write(most)));
  }
}
