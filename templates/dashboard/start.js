import { speak } from './language.js';
import { writeTexts } from './words.js';

// It is imported first: what the other modules show is in this language.
speak(navigator.languages);
writeTexts();
