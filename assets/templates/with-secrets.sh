#!/bin/sh
# Starts a program with variables that are read from files: with-secrets.sh NAME=FILE... -- PROGRAM [ARGUMENT...]
# A value is then in the environment of the program's processes, but neither in 'docker inspect' nor in the project's files.
# 'docker exec' does not see it; start through this script what needs it there too.
set -eu

while [ $# -gt 0 ] && [ "$1" != -- ]; do
  if [ ! -r "${1#*=}" ]; then
    echo "with-secrets.sh: ${1%%=*}: ${1#*=} is missing, or user $(id -u) may not read it" >&2
    exit 1
  fi
  # Without the x the shell would take away newlines at the end.
  __with_secrets=$(cat -- "${1#*=}" && printf x)
  export "${1%%=*}=${__with_secrets%x}"
  shift
done
unset __with_secrets
[ $# -eq 0 ] || shift
exec "$@"
