import assert from 'node:assert/strict';
import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  archivePath,
  keepTrained,
  missingArchives,
  pruneArchives,
  trainedArchive,
  usedArchive,
  type ArchiveSubject,
} from '../../../../src/local/setup/archives.ts';
import { temporaryFolder } from '../../../support/folders.ts';

describe('archives', () => {
  const root = temporaryFolder();
  let subject: ArchiveSubject;

  beforeEach(() => {
    const jar = join(root.path, 'a.jar');
    writeFileSync(jar, 'one');
    const jdk = { home: '/jdk', version: '17.0.1', major: 17, compiles: true };
    subject = { part: 'kafka', jdk, jars: [jar], options: ['-XX:+UseSerialGC'] };
  });

  it('have another path for another JDK, jar or argument', () => {
    const path = archivePath(root.path, subject);
    assert.equal(archivePath(root.path, { ...subject }), path);
    const { jdk, jars } = subject;
    const others = [
      { ...subject, jdk: { ...jdk, version: '17.0.2' } },
      { ...subject, jars: [...jars, '/b.jar'] },
      { ...subject, options: [] },
    ];
    for (const other of others) assert.notEqual(archivePath(root.path, other), path);
    utimesSync(jars[0] ?? '', 1, 1);
    assert.notEqual(archivePath(root.path, subject), path);
  });

  it('appear in their place once the training has ended', () => {
    assert.deepEqual(missingArchives(root.path, [subject]), [subject]);
    const training = trainedArchive(root.path, subject);
    assert.equal(training.mode, 'train');
    assert.equal(keepTrained(root.path, subject), undefined);
    writeFileSync(training.path, 'classes');
    assert.equal(keepTrained(root.path, subject), 7);
    assert.deepEqual(missingArchives(root.path, [subject]), []);
    assert.ok(existsSync(usedArchive(root.path, subject).path));
  });

  it('are pruned when nothing uses them and they are old', () => {
    for (const options of [['-Xa'], ['-Xb'], ['-Xc']]) {
      writeFileSync(trainedArchive(root.path, { ...subject, options }).path, 'x');
      keepTrained(root.path, { ...subject, options });
    }
    const [used, old, young] = [['-Xa'], ['-Xb'], ['-Xc']].map((options) =>
      archivePath(root.path, { ...subject, options }),
    );
    for (const path of [used, old]) utimesSync(path ?? '', 1, 1);
    assert.deepEqual(pruneArchives(root.path, [{ ...subject, options: ['-Xa'] }]), [old]);
    assert.ok(existsSync(young ?? ''));
  });

  it('that an ended training run left are pruned at once', () => {
    const left = join(root.path, 'archives/kafka-1.jsa.999999999.training');
    writeFileSync(trainedArchive(root.path, subject).path, 'x');
    writeFileSync(left, 'x');
    assert.deepEqual(pruneArchives(root.path, [subject]), [left]);
  });
});
