import assert from 'node:assert/strict';
import { translationFaults } from '../../../build/markdown/translation.ts';

const page = `# Lake

[Português](README.pt-BR.md)

## Start

\`\`\`
./cryptodm up    # starts it
\`\`\`

It takes 1,074 ms with \`up\`, see [more](docs/more.md).
`;
const translated = `# Lake

[English](README.md)

## Início

\`\`\`
./cryptodm up    # inicia
\`\`\`

Veja [mais](docs/more.md): com \`up\` leva 1.074 ms.
`;

describe('a translated page', () => {
  it('agrees when only words, comments and signs in numbers differ', () => {
    assert.deepEqual(translationFaults(page, translated), []);
  });

  for (const [from, to, fault] of [
    ['## Início', '### Início', 'other levels of the headings: it lacks ##, has ###'],
    ['./cryptodm up ', './cryptodm down ', 'other commands: it lacks ./cryptodm up, has ./cryptodm down'],
    ['com `up`', 'com `down`', 'other code in the text: it lacks `up`, has `down`'],
    ['docs/more.md', 'docs/other.md', 'other links: it lacks docs/more.md, has docs/other.md'],
    ['1.074', '1.075', 'other numbers: it lacks 1074, has 1075'],
  ] as const) {
    it(`is refused with ${fault}`, () => {
      assert.deepEqual(translationFaults(page, translated.replace(from, to)), [fault]);
    });
  }
});
