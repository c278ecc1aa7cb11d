#!/bin/sh
# Installs the Debian packages named, as root or through sudo.
set -eu
as_root=
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "These packages are needed, and there is no sudo to install them: $*" >&2; exit 1; }
  as_root=sudo
fi
echo "Installing: $*"
$as_root apt-get update -qq
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
