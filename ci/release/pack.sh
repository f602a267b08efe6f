#!/bin/sh
# Writes the tarball of the package and that of this machine's addon into a folder: see ci/release/pack.js.
exec node "$(dirname "$0")/pack.js" "$@"
