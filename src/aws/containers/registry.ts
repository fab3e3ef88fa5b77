import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Fault } from '../../errors.ts';
import { untar } from '../../tools/tar.ts';

/** Where an image is pushed to. */
export interface ImagePlace {
  /** address of the registry, such as `https://123456789012.dkr.ecr.us-east-1.amazonaws.com` */
  registry: string;
  repository: string;
  tag: string;
  /** user name and password in Base64, as ECR's GetAuthorizationToken gives them */
  token: string;
}

/** A part of an image. */
interface Blob {
  digest: string;
  content: Buffer;
}

/** What `docker save` and Jib write beside the layers. */
type SavedImages = { Config: string; Layers: string[] }[];

const kinds = {
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const;

/**
 * Pushes an archive that `buildImage` has made; what the repository has already is not sent again. The protocol: OCI distribution specification,
 * "Pushing blobs" and "Pushing manifests".
 * @returns digest of the image there, `sha256:...`
 * @throws Fault of kind `outside` when the registry refuses it or can't be reached
 */
export async function pushImage(archive: string, place: ImagePlace, signal: AbortSignal): Promise<string> {
  const files = untar(readFileSync(archive));
  const file = (name: string) => {
    const content = files.get(name);
    if (content === undefined) throw new Fault('internal', `the image lacks ${name}`, { where: archive });
    return content;
  };
  const [saved] = JSON.parse(file('manifest.json').toString('utf8')) as SavedImages;
  if (saved === undefined) throw new Fault('internal', 'the archive has no image', { where: archive });
  const config = blobOf(file(saved.Config));
  const layers = saved.Layers.map((name) => blobOf(file(name)));
  for (const blob of [config, ...layers]) await pushBlob(place, blob, signal);
  const part = (mediaType: string, { content, digest }: Blob) => ({ mediaType, size: content.length, digest });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: kinds.manifest,
      config: part(kinds.config, config),
      layers: layers.map((layer) => part(kinds.layer, layer)),
    }),
  );
  await ask(place, 'PUT', `manifests/${place.tag}`, signal, { type: kinds.manifest, body: manifest });
  return blobOf(manifest).digest;
}

function blobOf(content: Buffer): Blob {
  return { content, digest: `sha256:${createHash('sha256').update(content).digest('hex')}` };
}

async function pushBlob(place: ImagePlace, { digest, content }: Blob, signal: AbortSignal): Promise<void> {
  const known = await ask(place, 'HEAD', `blobs/${digest}`, signal, { absent: true });
  if (known.status === 200) return;
  const begun = await ask(place, 'POST', 'blobs/uploads/', signal);
  const type = 'application/octet-stream';
  const sent = await ask(place, 'PATCH', next(begun, place), signal, { type, body: content });
  const end = next(sent, place);
  end.searchParams.set('digest', digest);
  await ask(place, 'PUT', end, signal, { type });
}

/** Where an upload goes on. */
function next(answer: Response, { registry }: ImagePlace): URL {
  return new URL(answer.headers.get('location') ?? '', registry);
}

async function ask(
  place: ImagePlace,
  method: string,
  what: string | URL,
  signal: AbortSignal,
  { type, body, absent = false }: { type?: string; body?: Buffer; absent?: boolean } = {},
): Promise<Response> {
  const { registry, repository, token } = place;
  const url = what instanceof URL ? what : new URL(`/v2/${repository}/${what}`, registry);
  // A location elsewhere, such as in a bucket, is signed by itself.
  const own = url.origin === new URL(registry).origin;
  const headers = {
    ...(own ? { authorization: `Basic ${token}` } : {}),
    ...(type === undefined ? {} : { 'content-type': type }),
  };
  const next = 'Run the same command again.';
  let answer: Response;
  try {
    answer = await fetch(url, {
      method,
      headers,
      signal,
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
    });
  } catch (error) {
    if (signal.aborted) throw new Fault('interrupted', 'stopped', { cause: error });
    throw new Fault('outside', `the registry can’t be reached: ${(error as Error).message}`, {
      where: url.host,
      next,
      cause: error,
    });
  }
  if (answer.ok || (absent && answer.status === 404)) return answer;
  const said = await answer.text();
  throw new Fault(
    'outside',
    `the registry answers ${String(answer.status)} to ${method} ${url.pathname}: ${said.slice(0, 300)}`,
    {
      where: url.host,
      next,
    },
  );
}
