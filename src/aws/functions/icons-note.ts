/** Key in the artifacts bucket of what the last load of the icons wrote. */
export const iconsLoadedKey = 'assets/loaded.json';

export interface IconsLoaded {
  /** UTC */
  at: string;
}
