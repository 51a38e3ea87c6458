#!/bin/sh
# Makes a folder with Debian sid's Docker engine, for the engine tests: tests/engine/newer_engine.sh FOLDER
# then BATTEN_ENGINE_ROOT=FOLDER names it to them. Needs root, debootstrap, 600 MB and two minutes; takes Debian from where this machine does.
set -eu
folder=${1:?usage: $0 FOLDER}
if [ -x "$folder/usr/sbin/dockerd" ]; then
  echo "$folder is there already" >&2
  exit 0
fi
command -v debootstrap >/dev/null || { echo "debootstrap is not installed" >&2; exit 1; }
# shellcheck disable=SC2016  # these are apt's own placeholders
origin=$(apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' 'Created-By: Packages' | awk '$1 == "Debian" && $2 == "Debian" { print $3; exit }')
[ -n "$origin" ] || { echo "apt knows no Debian archive here: run apt-get update first" >&2; exit 1; }
rm -rf "$folder.part"
debootstrap --variant=minbase --include=docker.io,iptables,iproute2,ca-certificates sid "$folder.part" "$origin"
# Package archives are of no use in there.
rm -rf "$folder.part/var/cache/apt/archives"
mv "$folder.part" "$folder"
