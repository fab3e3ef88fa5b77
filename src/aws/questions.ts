import type { Question } from '../lake-target.ts';

/** What `init` asks for a lake in an account. */
export const questions: readonly Question[] = [
  {
    key: 'prefix',
    flag: 'prefix',
    asks: 'Prefix of every name in the account, such as acme-lake',
    required: {
      message: 'a lake in an account needs a prefix: every name there starts with it',
      next: 'For example: cryptodm init --target aws --prefix acme-lake',
    },
  },
  { key: 'region', flag: 'region', asks: 'Region [us-east-1]', otherwise: 'us-east-1' },
  { key: 'email', flag: 'email', asks: 'E-mail for alarms [none]' },
  {
    key: 'elasticUrl',
    flag: 'elasticUrl',
    asks: 'Address of an existing Elasticsearch [none: a small one in Elastic Cloud]',
  },
  { key: 'timeToLive', flag: 'ttl', asks: 'Time to live, such as 8h or 3d; 0 for no end [8h]', otherwise: '8h' },
];
