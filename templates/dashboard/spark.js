/** @param {'svg' | 'polyline'} name */
const svg = (name) => document.createElementNS('http://www.w3.org/2000/svg', name);

/**
 * Points of a line of values in a picture 100 wide and 20 high; unknown values are left out. One value alone is no line.
 * @param {readonly (number | null)[]} values
 * @param {number} [floor] drawn at the bottom; without it, that is the least of the values
 */
export function pointsOf(values, floor) {
  const first = values.findIndex((value) => value !== null);
  const known = values.flatMap((value, at) => (value === null ? [] : [{ at: at - first, value }]));
  const amounts = known.map(({ value }) => value);
  const [least, most] = [Math.min(...amounts, floor ?? Infinity), Math.max(...amounts)];
  const width = values.length - 1 - first;
  const height = most - least;
  const points = known.map(({ at, value }) => {
    const y = height > 0 ? 19 - ((value - least) / height) * 18 : floor === undefined ? 10 : 19;
    return `${width > 0 ? Number(((at / width) * 100).toFixed(1)) : 0},${Number(y.toFixed(1))}`;
  });
  return points.length < 2 ? '' : points.join(' ');
}

/** A small line. */
export class Spark {
  picture = svg('svg');
  #line = svg('polyline');

  constructor() {
    this.picture.setAttribute('class', 'spark');
    this.picture.setAttribute('viewBox', '0 0 100 20');
    this.picture.setAttribute('preserveAspectRatio', 'none');
    this.picture.setAttribute('role', 'img');
    this.picture.append(this.#line);
  }

  /**
   * @param {string} points of `pointsOf`
   * @param {string} label what the line says, in words
   */
  draw(points, label) {
    if (this.#line.getAttribute('points') !== points) this.#line.setAttribute('points', points);
    if (this.picture.ariaLabel !== label) this.picture.ariaLabel = label;
  }
}
