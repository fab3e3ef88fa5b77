import { element } from './elements.js';
import { age, group } from './numbers.js';
import { showTable } from './tables.js';

/** @import { Answers, HealthSample, LiveEvents } from '../../src/local/dashboard/api.ts' */
/** @import { LakeStatus } from '../../src/local/status/model.ts' */

/** @typedef {keyof HealthSample['jobs'][string]} Figure */

/** @param {'svg' | 'polyline'} name */
const svg = (name) => document.createElementNS('http://www.w3.org/2000/svg', name);

/** The lake's health: problems, freshness of both stores, jobs with the last hour as lines, parts. */
export class Health {
  /** @type {readonly HealthSample[]} */
  #samples = [];
  /** @type {LakeStatus | undefined} */
  #status;
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
    state.textContent = `lake ${status.state}`;
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
        const next = document.createElement('small');
        next.textContent = problem.next;
        const since = problem.since === undefined ? '' : ` (for ${age(this.#since(problem.since))})`;
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
      ['silver and gold', 'lake-layers'],
    ];
    const tiles = stores.map(([title, id]) => {
      const job = jobs.find((candidate) => candidate.id === id);
      const seen = job?.visibleAt === undefined ? 'nothing yet' : `${age(this.#since(job.visibleAt))} ago`;
      const took = job?.freshnessSeconds === undefined ? '' : `visible after ${job.freshnessSeconds.toFixed(1)} s`;
      return tile(title, seen, took);
    });
    const senders = producers.map((producer) => {
      return tile(
        `producer of ${producer.id}`,
        producer.source,
        `${group(String(producer.acknowledged))} acknowledged`,
      );
    });
    const bad = jobs.reduce((sum, job) => sum + job.badRecords, 0);
    const reason = jobs.find((job) => job.lastBad !== undefined)?.lastBad?.reason ?? 'since the start';
    element('freshness').replaceChildren(...tiles, ...senders, tile('bad records', String(bad), reason));
  }

  /** @param {LakeStatus} status */
  #showJobs({ jobs }) {
    /** @type {(id: string, name: Figure) => Element} */
    const line = (id, name) =>
      sparkline(
        this.#samples.map((sample) => sample.jobs[id]?.[name] ?? null),
        name,
      );
    /** @type {(text: string | number, id: string, name: Figure) => Element} */
    const cell = (text, id, name) => {
      const both = document.createElement('span');
      both.append(`${text} `, line(id, name));
      return both;
    };
    showTable(
      element('jobs'),
      ['job', 'state', '#lag', '#batch', '#fresh', '#bad'],
      jobs.map((job) => [
        job.title,
        { text: job.state, className: job.state === 'running' ? 'up' : 'down' },
        cell(job.lag ?? '?', job.id, 'lag'),
        cell(job.lastBatchMs === undefined ? '' : `${Math.round(job.lastBatchMs)} ms`, job.id, 'batchMs'),
        cell(job.freshnessSeconds === undefined ? '' : `${job.freshnessSeconds.toFixed(1)} s`, job.id, 'freshness'),
        cell(job.badRecords, job.id, 'bad'),
      ]),
    );
  }

  /** @param {LakeStatus} status */
  #showParts({ resident, parts }) {
    /** @type {Partial<LakeStatus['parts'][number]> & { title: string, state: string }} */
    const supervisor = { title: 'supervisor', state: resident === undefined ? 'down' : 'up', ...resident };
    const all = [supervisor, ...parts];
    showTable(
      element('parts'),
      ['part', 'state', '#since', '#memory', '#restarts', 'last end'],
      all.map((part) => [
        part.title,
        { text: part.state, className: part.state === 'up' || part.state === 'ended' ? 'up' : 'down' },
        part.since === undefined ? '' : age(this.#since(part.since)),
        part.memoryBytes === undefined ? '' : `${Math.round(part.memoryBytes / 1e6)} MB`,
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

/**
 * A line of values over the last hour; unknown ones are left out.
 * @param {readonly (number | null)[]} values
 * @param {string} name of the figure
 */
export function sparkline(values, name) {
  const known = values.flatMap((value, at) => (value === null ? [] : [{ at, value }]));
  const most = Math.max(...known.map(({ value }) => value), 0) || 1;
  const picture = svg('svg');
  picture.setAttribute('class', 'spark');
  picture.setAttribute('viewBox', '0 0 240 20');
  picture.setAttribute('preserveAspectRatio', 'none');
  picture.setAttribute('role', 'img');
  picture.setAttribute('aria-label', `${name} of the last hour, at most ${most}`);
  const first = 240 - values.length;
  const path = svg('polyline');
  path.setAttribute(
    'points',
    known.map(({ at, value }) => `${first + at},${(19 - (value / most) * 18).toFixed(1)}`).join(' '),
  );
  picture.append(path);
  return picture;
}
