#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A PostgreSQL server with an empty database, for whoever connects; Debian's, in a scratch folder.
set -e
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
data=/tmp/data
mkdir "$data"
chown postgres "$data"
as="setpriv --reuid=postgres --regid=postgres --clear-groups --"
$as "$bin/initdb" --auth=trust --no-sync --pgdata="$data" >/dev/null
echo "host all all all trust" >>"$data/pg_hba.conf"
exec $as "$bin/postgres" -D "$data" -k /tmp -c "listen_addresses=*" -c fsync=off
