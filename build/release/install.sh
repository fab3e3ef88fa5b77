#!/bin/sh
# Installs cryptodm @VERSION@ for this user, by npm: looks at Node.js, compares the checksum of the package, touches nothing outside the prefix.
# Exit codes are those of cryptodm: 2 a wrong argument, 4 this machine lacks something, 6 the package can't be fetched or is not that of the release.
set -u

version='@VERSION@'
package='@PACKAGE@'
sha256='@SHA256@'
# The oldest Node.js that works.
oldest='@NODE@'
# Where the release is; empty where it was packed without a repository.
released='@RELEASED@'

say() { printf '%s\n' "$*" >&2; }
fail() {
  code=$1
  shift
  for line in "$@"; do say "$line"; done
  exit "$code"
}

usage() {
  cat <<END
Installs cryptodm $version for this user.

Usage: sh install.sh [--prefix FOLDER] [--from PLACE]

  --prefix FOLDER   where it goes: bin/cryptodm and lib/node_modules (default: ~/.local)
  --from PLACE      a folder or an address with $package (default: ${released:-the folder of this file})

Remove it again: npm uninstall --global --prefix FOLDER cryptodm
END
}

# Needs the file system and the signals of a Unix.
check_system() {
  case $(uname -s) in
    Linux | Darwin) ;;
    *) fail 4 "cryptodm runs on Linux and macOS, and this is $(uname -s)." 'On Windows install it inside WSL 2 (run "wsl --install" first).' ;;
  esac
}

check_node() {
  found=$(node --version 2>/dev/null) || found=''
  major=${found#v}
  minor=${major#*.}
  minor=${minor%%.*}
  major=${major%%.*}
  case $major$minor in
    '' | *[!0-9]*) fail 4 "Node.js $oldest or later is needed; found none." 'Install Node.js 22 from https://nodejs.org, then run this again.' ;;
  esac
  if [ "$major" -lt "${oldest%%.*}" ] || { [ "$major" -eq "${oldest%%.*}" ] && [ "$minor" -lt "${oldest#*.}" ]; }; then
    fail 4 "Node.js $oldest or later is needed; $(command -v node) is $found." 'Install Node.js 22 from https://nodejs.org, then run this again.'
  fi
  command -v npm >/dev/null 2>&1 || fail 4 "npm is missing beside $(command -v node)." 'Install Node.js together with npm, then run this again.'
}

# $1: a folder or an address; writes $2.
fetch() {
  case $1 in
    http://* | https://*)
      if command -v curl >/dev/null 2>&1; then
        curl -fsSL --retry 2 -o "$2" "${1%/}/$package"
      elif command -v wget >/dev/null 2>&1; then
        wget -q -O "$2" "${1%/}/$package"
      else
        fail 4 'Neither curl nor wget is here.' "Fetch ${1%/}/$package by other means and name its folder with --from."
      fi || fail 6 "${1%/}/$package can't be fetched." 'Check the connection, then run this again.'
      ;;
    *) cp "${1%/}/$package" "$2" 2>/dev/null || fail 6 "There is no $package in $1." 'Name the folder that has it with --from.' ;;
  esac
}

# By Node.js, because each system has another program for it.
compare_checksum() {
  # shellcheck disable=SC2016
  got=$(node -e 'console.log(require("crypto").createHash("sha256").update(require("fs").readFileSync(process.argv[1])).digest("hex"))' "$1")
  [ "$got" = "$sha256" ] && return
  fail 6 "$package is not that of the release: nothing was installed." "  expected SHA-256 $sha256" "  got              $got" \
    'It may be cut or of another version: fetch it again, with the install.sh of its own release.'
}

# $1: the package.
install_package() {
  log=$scratch/npm.log
  if ! mkdir -p "$prefix" 2>/dev/null || [ ! -w "$prefix" ]; then
    fail 4 "You can't write to $prefix." 'Choose another folder with --prefix.'
  fi
  if ! npm install --global --prefix "$prefix" --no-audit --no-fund --loglevel=error "$1" </dev/null >"$log" 2>&1; then
    cat "$log" >&2
    fail 6 'npm could not install it; its messages are above.' 'Check the connection (and the registry in ~/.npmrc), then run this again.'
  fi
  "$prefix/bin/cryptodm" --version >/dev/null || fail 1 "$prefix/bin/cryptodm was installed and does not start."
}

say_what_next() {
  say "cryptodm $version is installed: $prefix/bin/cryptodm"
  first=$(command -v cryptodm) || first=''
  case :$PATH: in
    *:"$prefix/bin":*)
      if [ "$first" != "$prefix/bin/cryptodm" ]; then say "Another one comes first on PATH: $first"; fi ;;
    *) say 'Add it to PATH, here and in the start file of your shell:'
      say "  export PATH=\"$prefix/bin:\$PATH\"" ;;
  esac
  say 'Start with: cryptodm doctor, then cryptodm up'
  say "Remove with: npm uninstall --global --prefix $prefix cryptodm"
}

# All of it is read before anything is done, also where this file comes through a pipe.
main() {
  prefix=${HOME:?HOME is not set}/.local
  from=$released
  while [ "$#" -gt 0 ]; do
    case $1 in
      --help | -h) usage && exit 0 ;;
      --prefix | --from)
        [ -n "${2:-}" ] || fail 2 "$1 needs a value." 'See sh install.sh --help.'
        if [ "$1" = --prefix ]; then prefix=$2; else from=$2; fi
        shift 2
        ;;
      *) fail 2 "Unknown argument: $1" 'See sh install.sh --help.' ;;
    esac
  done
  case $prefix in
    /*) ;;
    *) prefix=$PWD/$prefix ;;
  esac
  if [ -z "$from" ]; then
    case $0 in
      */*) from=${0%/*} ;;
      *) from=. ;;
    esac
  fi
  check_system
  check_node
  scratch=$(mktemp -d) || exit 4
  trap 'rm -rf "$scratch"' EXIT
  trap 'exit 130' HUP INT TERM
  say "Fetching cryptodm $version ..."
  fetch "$from" "$scratch/$package"
  compare_checksum "$scratch/$package"
  say "Installing it below $prefix ..."
  install_package "$scratch/$package"
  say_what_next
}

main "$@"
