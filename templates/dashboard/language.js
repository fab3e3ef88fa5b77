/** @typedef {'en' | 'pt'} Language */

/** How numbers and dates are written. @type {Record<Language, { tag: string, decimal: string, thousands: string }>} */
const marks = {
  en: { tag: 'en', decimal: '.', thousands: ',' },
  pt: { tag: 'pt-BR', decimal: ',', thousands: '.' },
};

/** The language of the page: English until another is chosen. @type {{ language: Language, tag: string, decimal: string, thousands: string }} */
export const spoken = { language: 'en', ...marks.en };

/**
 * Chooses the first of these languages that the page knows, else English.
 * @param {readonly string[]} wanted as `navigator.languages` has them
 */
export function speak(wanted) {
  const known = wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find((code) => code === 'en' || code === 'pt');
  const language = known === 'pt' ? 'pt' : 'en';
  Object.assign(spoken, { language, ...marks[language] });
}
