/**
 * A client of Kafka in a few lines, which signs in nowhere: it asks a port for the cluster (DescribeCluster, version 1) and prints `answered`
 * with the cluster's id, or `refused` when the server ends the connection instead. A text, so that any user of the machine can run it with
 * `node -e`, without access to this package. Arguments: port, and 1 for a broker or 2 for a controller.
 */
export const rawClient = `
const [port, endpoints] = process.argv.slice(1).map(Number);
const client = 'stranger';
const body = Buffer.concat([
  Buffer.from([0, 60, 0, 1, 0, 0, 0, 7, 0, client.length]), Buffer.from(client), Buffer.from([0]),
  Buffer.from([0, endpoints, 0]),
]);
const size = Buffer.alloc(4);
size.writeInt32BE(body.length);
const socket = require('node:net').connect(port, '127.0.0.1', () => socket.write(Buffer.concat([size, body])));
let answer = Buffer.alloc(0);
socket.on('data', (more) => {
  answer = Buffer.concat([answer, more]);
  if (answer.length < 4 || answer.length < 4 + answer.readInt32BE(0)) return;
  console.log('answered ' + (/[A-Za-z0-9_-]{22}/.exec(answer.toString('latin1')) || [''])[0]);
  socket.destroy();
});
socket.on('error', () => undefined);
socket.on('close', () => { if (answer.length === 0) console.log('refused'); });
`;
