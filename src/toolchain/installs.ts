import { readOsRelease, type Machine } from './machine.ts';

/** What the user may have to install. */
export type Need = 'jdk' | 'maven' | 'node' | 'pip';

type Packager = 'apt' | 'dnf' | 'apk' | 'pacman' | 'zypper' | 'brew';

const packagers: [Packager, string[]][] = [
  ['apt', ['debian', 'ubuntu']],
  ['dnf', ['fedora', 'rhel', 'centos', 'amzn']],
  ['apk', ['alpine']],
  ['pacman', ['arch']],
  ['zypper', ['suse', 'opensuse', 'sles']],
];

const commands: Record<Packager, string> = {
  apt: 'apt-get install -y',
  dnf: 'dnf install -y',
  apk: 'apk add',
  pacman: 'pacman -S --noconfirm',
  zypper: 'zypper install -y',
  brew: 'brew install',
};

/** First release of a distribution without a package of JDK 17. */
const lastWithout17: Record<string, number> = {
  debian: 13,
  fedora: 42,
  rhel: 10,
  centos: 10,
  rocky: 10,
  almalinux: 10,
};

const names: Record<Packager, Record<Need, (jdk: 17 | 21) => string>> = {
  apt: {
    jdk: (jdk) => `openjdk-${jdk}-jdk-headless`,
    maven: () => 'maven',
    node: () => 'nodejs',
    pip: () => 'python3-pip',
  },
  dnf: {
    jdk: (jdk) => `java-${jdk}-openjdk-devel`,
    maven: () => 'maven',
    node: () => 'nodejs',
    pip: () => 'python3-pip',
  },
  apk: { jdk: (jdk) => `openjdk${jdk}-jdk`, maven: () => 'maven', node: () => 'nodejs npm', pip: () => 'py3-pip' },
  pacman: {
    jdk: (jdk) => `jdk${jdk}-openjdk`,
    maven: () => 'maven',
    node: () => 'nodejs npm',
    pip: () => 'python-pip',
  },
  zypper: {
    jdk: (jdk) => `java-${jdk}-openjdk-devel`,
    maven: () => 'maven',
    node: () => 'nodejs22 npm22',
    pip: () => 'python3-pip',
  },
  brew: { jdk: (jdk) => `openjdk@${jdk}`, maven: () => 'maven', node: () => 'node', pip: () => 'python3' },
};

/** The command that installs `needs` on this system, ready to paste; a download page where the system is not known. */
export function installCommand(needs: Need | Need[], machine: Machine): string {
  const wanted = Array.isArray(needs) ? needs : [needs];
  const release = readOsRelease(machine);
  const packager = findPackager(machine, release);
  if (packager === undefined) return wanted.map((need) => pages[need]).join(' and ');
  const sudo = packager === 'brew' || machine.superuser ? '' : 'sudo ';
  const jdk = Number.parseInt(release.VERSION_ID ?? '', 10) >= (lastWithout17[release.ID ?? ''] ?? Infinity) ? 21 : 17;
  const steps: string[] = [];
  // Debian's and Ubuntu's own Node may be older than 20.
  if (packager === 'apt' && wanted.includes('node')) {
    steps.push(`curl -fsSL https://deb.nodesource.com/setup_22.x | ${sudo === '' ? '' : 'sudo -E '}bash -`);
  } else if (packager === 'apt') {
    steps.push(`${sudo}apt-get update`);
  }
  const packages = wanted.map((need) =>
    need === 'jdk' && release.ID === 'amzn' ? 'java-17-amazon-corretto-devel' : names[packager][need](jdk),
  );
  steps.push(`${sudo}${commands[packager]} ${packages.join(' ')}`);
  return steps.join(' && ');
}

const pages: Record<Need, string> = {
  jdk: 'install a JDK 17 from https://adoptium.net',
  maven: 'install Maven from https://maven.apache.org/download.cgi',
  node: 'install Node.js 22 from https://nodejs.org',
  pip: 'install Python 3 with pip from https://www.python.org',
};

function findPackager(machine: Machine, release: Record<string, string>): Packager | undefined {
  if (machine.platform === 'darwin') return 'brew';
  const family = [release.ID ?? '', ...(release.ID_LIKE ?? '').split(' ')];
  return packagers.find(([, systems]) =>
    family.some((name) => name !== '' && systems.some((system) => name === system || name.startsWith(`${system}-`))),
  )?.[0];
}
