import { word } from './words.js';

const observer = new ResizeObserver((entries) => {
  const places = new Set(entries.map(({ target }) => target.closest('.scroll')));
  for (const place of places) if (place !== null) showHint(place);
});

/**
 * Says below a place whether its table is wider than it is, now and whenever one of them changes.
 * @param {HTMLElement} place
 * @param {HTMLElement} table
 */
export function noteWidth(place, table) {
  observer.observe(place);
  observer.observe(table);
}

/** @param {Element} place */
function showHint(place) {
  const wider = place.scrollWidth > place.clientWidth + 1;
  const next = place.nextElementSibling;
  const hint = next instanceof HTMLElement && next.classList.contains('sideways') ? next : undefined;
  if (!wider) hint?.remove();
  else if (hint === undefined) {
    const text = document.createElement('p');
    text.className = 'hint sideways';
    text.textContent = `⟷ ${word('sideways')}`;
    place.after(text);
  }
}
