/** In the artifacts bucket, what the last load of the icons wrote. */
export const iconsLoadedKey = 'assets/loaded.json';

export interface IconsLoaded {
  /** UTC */
  at: string;
}
