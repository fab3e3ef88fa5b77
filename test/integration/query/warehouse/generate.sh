#!/usr/bin/env bash
# Writes the archives again: generate.sh CLASS_PATH. The class path needs iceberg-spark-runtime-3.5, hadoop-client-api and -runtime,
# sqlite-jdbc, zstd-jni, slf4j-api and jcl-over-slf4j, in the versions of jars/pom.xml.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# The tests move the copy to a folder whose path has the same length, 120 characters.
root=/tmp/cryptodm-warehouse-$(printf 'x%.0s' {1..96})
for content in empty trading; do
  rm -rf "$root"
  java -cp "$1" "$here/Generate.java" "$here/../../../fixtures/spec/lake.json" "$root" "$content"
  find "$root" -name '*.crc' -delete
  tar -C "$root" -czf "$here/$content.tgz" .
done
rm -rf "$root"
