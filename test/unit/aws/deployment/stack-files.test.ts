import assert from 'node:assert/strict';
import { stackFile, stackLinks } from '../../../../src/aws/deployment/stack-files.ts';
import { sampleDeployment } from '../../../support/deployment.ts';

describe('the files that a stack uploads', () => {
  it('have the same path on every machine, and a link to each', () => {
    const { jars, functions, certificates } = sampleDeployment();
    const links = stackLinks({ jars, functions, certificates });
    const paths = [...Object.values(jars), ...Object.values(functions)].map(({ path }) => path);
    if (certificates !== undefined) paths.push(certificates.path);
    // Two files of one name would share a link.
    assert.equal(links.size, paths.length);
    for (const path of paths) assert.equal(links.get(stackFile(path)), path);
    assert.equal(stackFile('/home/ana/x/a.jar'), stackFile('/home/ben/a.jar'));
  });
});
