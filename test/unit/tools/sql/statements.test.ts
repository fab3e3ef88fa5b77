import { deepEqual, equal } from 'node:assert/strict';
import { joinLines, splitStatements } from '../../../../src/tools/sql/statements.ts';

const statements = (script: string) => splitStatements(script).map(({ sql }) => sql.trim());

describe('the statements of a script', () => {
  it('end at semicolons outside of texts, names and comments', () => {
    deepEqual(statements('select \';\' as ";"; -- ; \n/* ; */ select 2'), ['select \';\' as ";"', 'select 2']);
    deepEqual(statements("select 'it''s;'; select E'it\\'s;'; select $$it's;$$, $a$;$$;$a$; select 4"), [
      "select 'it''s;'",
      "select E'it\\'s;'",
      "select $$it's;$$, $a$;$$;$a$",
      'select 4',
    ]);
  });

  it('leave out empty ones and say whether the last one is ended', () => {
    deepEqual(statements(' ;; -- nothing\n;'), []);
    deepEqual(
      splitStatements('select 1; select 2').map(({ ended }) => ended),
      [true, false],
    );
    deepEqual(
      splitStatements("select 'a; b").map(({ ended }) => ended),
      [false],
    );
  });

  it('keep their lines and columns', () => {
    const [, second] = splitStatements('select 1;\n  select é; select 3');
    const [, , third] = splitStatements('select 1;\n  select é; select 3');
    equal(second?.sql, '\n  select é');
    equal(third?.sql, '\n            select 3');
  });

  it('fit on a line without their comments', () => {
    equal(joinLines('select a, -- first\n  b.c /* and */\nfrom  t;'), 'select a, b.c from t;');
  });
});
