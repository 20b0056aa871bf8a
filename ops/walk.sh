#!/bin/bash
# From nothing to TLS, two nodes, monitoring, an alert, a backup of the database, the pictures and the keys, and a restore
# of all three to a point in time, on Debian 12, as root. Packages: ca-certificates postgresql redis-server haproxy
# prometheus prometheus-alertmanager pgbackrest openssl curl jq. The checkout with dist/vibes built is /src. It begins anew
# each time: it DROPS the cluster 15/main. ops/README.md has what it prints.
set -eu
cd /
pg_dropcluster --stop 15 main 2>/dev/null || true; rm -rf /var/lib/pgbackrest/*; pg_createcluster --locale=C.UTF-8 15 main >/dev/null; userdel vibes 2>/dev/null || true; rm -f /var/log/vibes-*
step() { echo; echo "### $*"; }

step 1 executable
install -m 755 /src/dist/vibes /usr/local/bin/vibes
vibes --version
useradd --system --no-create-home vibes
mkdir -p /etc/vibesmatch; chmod 750 /etc/vibesmatch; chgrp vibes /etc/vibesmatch

step 2 postgres with wal archive
cat > /etc/postgresql/15/main/conf.d/vibesmatch.conf <<'CONF'
max_connections = 200
archive_mode = on
archive_command = 'pgbackrest --stanza=vibes archive-push %p'
CONF
cat > /etc/pgbackrest.conf <<'CONF'
[global]
repo1-path=/var/lib/pgbackrest
repo1-retention-full=2
start-fast=y
[vibes]
pg1-path=/var/lib/postgresql/15/main
CONF
pg_ctlcluster 15 main start
migrate=$(openssl rand -hex 16); server=$(openssl rand -hex 16)
su postgres -c psql <<SQL
create role vibes_migrate login createdb password '$migrate';
create role vibes_server login password '$server';
create database vibes owner vibes_migrate;
grant set on parameter vibes.history to vibes_migrate;
SQL
su postgres -c 'pgbackrest --stanza=vibes stanza-create'
su postgres -c 'pgbackrest --stanza=vibes check' && echo "check: ok"

step 3 secrets and migrations
umask 077
openssl rand -hex 32 > /etc/vibesmatch/jwt_secret
echo "postgres://vibes_server:$server@127.0.0.1/vibes" > /etc/vibesmatch/database_url
echo "postgres://vibes_migrate:$migrate@127.0.0.1/vibes" > /etc/vibesmatch/database_direct_url
cat > /etc/vibesmatch/server.env <<'CONF'
NODE_ENV=production
JWT_SECRET_FILE=/etc/vibesmatch/jwt_secret
DATABASE_URL_FILE=/etc/vibesmatch/database_url
REDIS_URL=redis://127.0.0.1:6379
TRUSTED_PROXIES=127.0.0.0/8
DATA_DIR=/tmp
MEDIA_STORE=file:/var/lib/vibes/media
CONF
install -d -m 700 -o vibes -g vibes /var/lib/vibes
chgrp vibes /etc/vibesmatch/*; chmod 640 /etc/vibesmatch/*; chmod 600 /etc/vibesmatch/database_direct_url
umask 022
DATABASE_DIRECT_URL_FILE=/etc/vibesmatch/database_direct_url vibes --config /etc/vibesmatch/server.env migrate up | tail -2

step 4 redis and two nodes
redis-server --save "" --appendonly no --daemonize yes > /dev/null
node() { PORT=$1 METRICS_PORT=$2 setpriv --reuid=vibes --regid=vibes --init-groups vibes --config /etc/vibesmatch/server.env serve >> /var/log/vibes-$1.log 2>&1 & pids="${pids:-} $!"; }
node 3001 9464; node 3002 9465
for port in 3001 3002; do for i in $(seq 60); do curl -fsS http://127.0.0.1:$port/readyz 2>/dev/null && break; sleep .5; done; echo; done

step 5 tls
cp -r /src/ops/haproxy/. /etc/haproxy/
echo "127.0.0.1 api.example.com" >> /etc/hosts
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 -subj /CN=api.example.com -addext subjectAltName=DNS:api.example.com -keyout /root/key.pem -out /root/cert.pem 2>/dev/null
cat /root/cert.pem /root/key.pem > /etc/haproxy/tls/api.pem
sed -i 's/^  server-template .*/  server one 127.0.0.1:3001\n  server two 127.0.0.1:3002/; s/maxconn 50000/maxconn 2000/' /etc/haproxy/haproxy.cfg
(cd /etc/haproxy && TLS=on haproxy -c -f haproxy.cfg && TLS=on haproxy -D -f haproxy.cfg >/var/log/haproxy.log 2>&1)
sleep 3
export CURL_CA_BUNDLE=/root/cert.pem API=https://api.example.com:8443/api/v1
curl -sS https://api.example.com:8443/readyz; echo
curl -sS https://api.example.com:8443/livez; echo

step 6 two people talk
vibes="vibes --config /etc/vibesmatch/server.env"
person() { $vibes users create --email $1@example.com --name $1 --birthdate 1995-05-15 --gender female --country DE --premium --json | jq -r '.data | "\(.id) \(.access_token)"'; }
read ana ana_token <<< "$(person ana)"; read ben ben_token <<< "$(person ben)"
like() { curl -sS $API/discovery/action -H "Authorization: Bearer $1" -H 'Content-Type: application/json' -d "{\"target_id\":\"$2\",\"action_type\":\"like\"}" -o /dev/null -w '%{http_code}\n'; }
like $ana_token $ben; like $ben_token $ana
say() { curl -sS $API/messages/send -H "Authorization: Bearer $ana_token" -H 'Content-Type: application/json' -d "{\"receiver_id\":\"$ben\",\"content\":\"$1\"}" | jq -c '.success'; }
say "before the backup"
post() { curl -sS $API$1 -H "Authorization: Bearer $2" -H 'Content-Type: application/json' -d "$3"; }
base64 -d > /tmp/picture.png <<< iVBORw0KGgoAAAANSUhEUgAAACgAAAAeCAIAAADRv8uKAAAAqklEQVR4nKXNIRfBcAAA8X8kLhIXiYvEReIicZG4SFwkLhJF4iJxkbhIXCTOd7h771fvXehDwHgphd+AU+Mu4tT4M+LUuI05NX5NODVuEk6NHzNOjeuUU+PbglPjS8ap8XnFqXGVc2p83HBqXBacGu93nBoXJafG2wOnxnnFqfH6xKlxduHUeHnl1DitOTWe3zk1ThpOjadPTo3jllPj8ZvrzTjqODUefrE/yHGrjcm5klUAAAAASUVORK5CYII=
begun=$(post /media $ana_token "{\"content_type\":\"image/png\",\"size\":$(stat -c %s /tmp/picture.png)}")
picture=$(jq -r .data.media_id <<< "$begun")
curl -sS -X PUT "https://api.example.com:8443$(jq -r '.data.upload.url | sub("^https?://[^/]+"; "")' <<< "$begun")" -H 'Content-Type: image/png' --data-binary @/tmp/picture.png -o /dev/null
post /media/$picture/complete $ana_token '{}' | jq -c '.data.media | {width, height}'
post /messages/send $ana_token "{\"receiver_id\":\"$ben\",\"content\":\"/api/v1/media/$picture\",\"message_type\":\"image\"}" | jq -c .success
report=$(post /users/$ana/report $ben_token '{"reason":"harassment"}' | jq -r .data.report_id)
read mo _ <<< "$(person mo)"; $vibes users grant mo@example.com --role moderator > /dev/null
# What Ben sees of the picture, and what a moderator sees of the copy that the report has sealed: their sizes.
opened() { curl -sSL $API/media/$picture -H "Authorization: Bearer $ben_token" | wc -c; }
evidence() { curl -sS "https://api.example.com:8443$(post /admin/reports/$report/pictures/$picture "$($vibes users token mo@example.com --access)" '{}' | jq -r '.data.url | sub("^https?://[^/]+"; "")')" | grep -o 'image/webp;base64,[^"]*' | cut -d, -f2 | base64 -d | wc -c; }
for i in $(seq 60); do [ -n "$(ls /var/lib/vibes/media/evidence 2>/dev/null)" ] && break; sleep .5; done
echo "picture $(opened) bytes, evidence $(evidence) bytes"
unread() { curl -sS $API/conversations -H "Authorization: Bearer $ben_token" | jq -c '[.data.conversations[] | {unread: .unread_count, last: .last_message.content}]'; }
unread

step 7 monitoring
mkdir -p /etc/prometheus-vibes; cp /src/ops/prometheus/alerts.yml /etc/prometheus-vibes/
cat > /etc/prometheus-vibes/prometheus.yml <<'CONF'
global: { scrape_interval: 2s, evaluation_interval: 2s }
rule_files: [alerts.yml]
alerting: { alertmanagers: [{ static_configs: [{ targets: ["127.0.0.1:9093"] }] }] }
scrape_configs:
  - job_name: vibesmatch
    static_configs: [{ targets: ["127.0.0.1:9464", "127.0.0.1:9465"] }]
CONF
prometheus --config.file=/etc/prometheus-vibes/prometheus.yml --storage.tsdb.path=/tmp/prometheus --web.listen-address=127.0.0.1:9090 > /var/log/prometheus.log 2>&1 &
for i in $(seq 60); do [ "$(curl -fsS 'http://127.0.0.1:9090/api/v1/query?query=sum(up)' 2>/dev/null | jq -r '.data.result[0].value[1]')" = 2 ] && break; sleep 1; done
curl -sS 'http://127.0.0.1:9090/api/v1/query?query=up' | jq -c '.data.result[] | [.metric.instance, .value[1]]'
curl -sS 'http://127.0.0.1:9090/api/v1/query?query=count%20by%20(version,commit)(vibes_build_info)' | jq -c '.data.result[] | [.metric, .value[1]]'
curl -sS http://127.0.0.1:9090/api/v1/rules | jq '[.data.groups[].rules[]] | length'

step 8 an alert
# Whoever is to hear of it: here a program that prints the name of each alert it is sent.
perl -MIO::Socket::INET -e '$| = 1; $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1:9099", Listen => 5, ReuseAddr => 1); while ($c = $s->accept) { while (<$c>) { $n = $1 if /^content-length: (\d+)/i; last if /^\r?$/ } read $c, $b, $n; print "$1\n" while $b =~ /"status":"firing","labels":\{"alertname":"(\w+)"/g; print $c "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"; close $c }' > /var/log/receiver.log &
sed 's#https://alerts.example.com/#http://127.0.0.1:9099/#' /src/ops/alertmanager/alertmanager.yml > /etc/prometheus-vibes/alertmanager.yml
prometheus-alertmanager --config.file=/etc/prometheus-vibes/alertmanager.yml --storage.path=/tmp/alertmanager --cluster.listen-address= --web.listen-address=127.0.0.1:9093 > /var/log/alertmanager.log 2>&1 &
kill ${pids##* }; wait ${pids##* } || true; pids="${pids% *}"
for i in $(seq 180); do grep -q ServerDown /var/log/receiver.log && break; sleep 1; done; cat /var/log/receiver.log
curl -sS https://api.example.com:8443/readyz; echo
node 3002 9465; for i in $(seq 60); do curl -fsS http://127.0.0.1:3002/readyz 2>/dev/null && break; sleep .5; done; echo

step 9 backup
su postgres -c 'pgbackrest --stanza=vibes backup' && su postgres -c 'pgbackrest --stanza=vibes info' | grep -E 'status|full backup|database size'
say "after the backup"
sleep 1; when=$(date -u '+%Y-%m-%d %H:%M:%S.%6N+00'); sleep 1
say "after the moment"
su postgres -c 'psql -Atc "select pg_switch_wal() is not null"' > /dev/null
unread
# After the moment, so that every picture of the database is there; with a bucket, its versions do this.
tar -C /var/lib/vibes -cf /root/media.tar media; tar -C /etc -cf /root/keys.tar vibesmatch; chmod 600 /root/*.tar; ls /root/*.tar

step 10 restore to the moment
kill $pids; wait $pids || true; pids=
tail -1 /var/log/vibes-3001.log
# The disk with the pictures and the keys is lost, too.
rm -rf /var/lib/vibes/media /etc/vibesmatch
pg_ctlcluster 15 main stop
su postgres -c "pgbackrest --stanza=vibes --delta --type=time --target='$when' --target-action=promote restore"
pg_ctlcluster 15 main start
for i in $(seq 60); do [ "$(su postgres -c 'psql -Atc "select pg_is_in_recovery()"')" = f ] && break; sleep .5; done
tar -C /var/lib/vibes -xf /root/media.tar; tar -C /etc -xf /root/keys.tar
$vibes doctor | grep -E 'history|migrations|database ' || true
DATABASE_DIRECT_URL_FILE=/etc/vibesmatch/database_direct_url $vibes db restored
$vibes doctor | grep -E 'history' || true
node 3001 9464; node 3002 9465
for i in $(seq 60); do curl -fsS https://api.example.com:8443/readyz 2>/dev/null && break; sleep .5; done; echo
unread
echo "picture $(opened) bytes, evidence $(evidence) bytes"

step 11 dump and restore into another database
su postgres -c 'pg_dump --format=custom --file=/tmp/vibes.dump vibes' && ls -la /tmp/vibes.dump | awk '{print $5 " bytes"}'
su postgres -c 'createdb --owner=vibes_migrate copy && pg_restore --dbname=copy --exit-on-error /tmp/vibes.dump' && su postgres -c 'psql -At copy -c "select count(*) from messages"'

step 12 stop
kill $pids; wait $pids || true; tail -1 /var/log/vibes-3002.log
