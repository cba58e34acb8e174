#!/bin/sh
# Starts the TLS terminators, then becomes the broker, so that stopping the container stops the broker cleanly.
set -eu

stunnel /opt/stunnel.conf

cd /opt/activemq
exec java ${JAVA_OPTIONS:--Xms256m -Xmx768m} \
  -Dactivemq.home=/opt/activemq -Dactivemq.base=/opt/activemq \
  -Dactivemq.conf=/opt/activemq/conf -Dactivemq.data=/opt/activemq/data \
  -Djournal.sync="${JOURNAL_SYNC:-periodic}" -Djava.io.tmpdir=/tmp -jar bin/activemq.jar start
