import type { LocalLake } from '../lake.ts';
import { archiveFor, type ArchivePart } from '../setup/archives.ts';
import type { Toolchain } from '../setup/preparation.ts';
import { defaultHeaps, readJvmOptions, type Jvm, type JvmArchive } from './jvm.ts';

/** Whether processes use their class archives or write them. */
export type ArchiveMode = JvmArchive['mode'];

/** The JVM of a part, with its heap and its class archive. */
export function jvmOf(
  part: ArchivePart,
  { settings, layout }: LocalLake,
  toolchain: Toolchain,
  mode: ArchiveMode,
): Jvm {
  const family = part === 'producer-quotes' || part === 'producer-trades' ? 'producer' : part;
  const most = settings.memory[family];
  return {
    javaHome: toolchain.jdk.home,
    options: readJvmOptions(toolchain.templates, family),
    heap: { initial: Math.min(defaultHeaps[family].initial, most), most },
    temporary: layout.temporary,
    archive: archiveFor(part, toolchain, settings.paths.cache, mode),
  };
}
