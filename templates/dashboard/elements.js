/**
 * The element of the page with this id. @throws when the page has none of this kind
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new () => Kind} kind such as HTMLSelectElement
 * @returns {Kind}
 */
export function elementOf(id, kind) {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${kind.name} with the id ${id}`);
}

/** @param {string} id */
export function element(id) {
  return elementOf(id, HTMLElement);
}
