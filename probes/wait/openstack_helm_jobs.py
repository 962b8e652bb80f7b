"""What each job waits for that some workload waits for: `dependencies.static` in the values of its chart.

Source: openstack-helm at commit 0ee5adeff (August 2026). One without needs waits for nothing, or its chart
does not declare it.

A line is `NAME: NEEDS`; a need is the name of a service, `job/NAME`, or `pod/WORKLOAD`, with `@node` for one on the same node.
"""

JOBS = """\
aodh-db-init: mariadb
aodh-db-sync: mariadb job/aodh-db-init
aodh-ks-endpoints: keystone-api job/aodh-ks-service
aodh-ks-service: keystone-api
aodh-ks-user: keystone-api
aodh-rabbit-init: rabbitmq
barbican-db-init: mariadb
barbican-db-sync: mariadb job/barbican-db-init
barbican-ks-endpoints: keystone-api job/barbican-ks-service
barbican-ks-service: keystone-api
barbican-ks-user: keystone-api
barbican-rabbit-init: rabbitmq
blazar-db-init: mariadb
blazar-db-sync: mariadb job/blazar-db-init
blazar-ks-endpoints: keystone-api job/blazar-ks-service
blazar-ks-service: keystone-api
blazar-ks-user: keystone-api
blazar-rabbit-init: rabbitmq
ceilometer-db-sync: gnocchi-api
ceilometer-ks-endpoints:
ceilometer-ks-user: keystone-api
ceilometer-rabbit-init: rabbitmq
ceph-mds-keyring-generator:
ceph-mgr-keyring-generator:
ceph-mon-keyring-generator:
ceph-rbd-pool: ceph-mon ceph-mgr
ceph-storage-keys-generator:
cinder-backup-storage-init:
cinder-db-init: mariadb
cinder-db-sync: mariadb job/cinder-db-init
cinder-ks-endpoints: keystone-api job/cinder-ks-service
cinder-ks-service: keystone-api
cinder-ks-user: keystone-api
cinder-rabbit-init: rabbitmq
cinder-storage-init:
cloudkitty-db-init: mariadb
cloudkitty-db-sync: mariadb job/cloudkitty-db-init
cloudkitty-ks-endpoints: keystone-api job/cloudkitty-ks-service
cloudkitty-ks-service: keystone-api
cloudkitty-ks-user: keystone-api
cloudkitty-storage-init: job/cloudkitty-db-sync
cyborg-db-init: mariadb
cyborg-db-sync: mariadb job/cyborg-db-init
cyborg-ks-endpoints: keystone-api job/cyborg-ks-service
cyborg-ks-service: keystone-api
cyborg-ks-user: keystone-api
cyborg-rabbit-init:
designate-db-init: mariadb
designate-db-sync: mariadb job/designate-db-init
designate-ks-endpoints: keystone-api job/designate-ks-service
designate-ks-service: keystone-api
designate-ks-user: keystone-api
designate-rabbit-init: rabbitmq
flush-kibana-metadata:
freezer-db-init: mariadb
freezer-db-sync: mariadb job/freezer-db-init
freezer-ks-endpoints: keystone-api job/freezer-ks-service
freezer-ks-service: keystone-api
freezer-ks-user: keystone-api
glance-db-init: mariadb
glance-db-sync: mariadb job/glance-db-init
glance-ks-endpoints: keystone-api job/glance-ks-service
glance-ks-service: keystone-api
glance-ks-user: keystone-api
glance-rabbit-init: rabbitmq
glance-storage-init: job/glance-ks-user
gnocchi-db-init: mariadb
gnocchi-db-init-indexer:
gnocchi-db-sync: postgresql job/gnocchi-storage-init job/gnocchi-db-init job/gnocchi-db-init-indexer
gnocchi-ks-endpoints: keystone-api job/gnocchi-ks-service
gnocchi-ks-service: keystone-api
gnocchi-ks-user: keystone-api
gnocchi-storage-init:
grafana-db-init: mariadb
grafana-db-init-session: mariadb
grafana-db-session-sync: mariadb job/grafana-db-init-session
grafana-run-migrator: mariadb job/grafana-set-admin-user
grafana-set-admin-user: mariadb job/grafana-db-init
heat-bootstrap: keystone-api
heat-db-init: mariadb
heat-db-sync: mariadb job/heat-db-init
heat-domain-ks-user:
heat-ks-endpoints: keystone-api job/heat-ks-service
heat-ks-service: keystone-api
heat-ks-user: keystone-api
heat-rabbit-init: rabbitmq
horizon-db-init: mariadb
horizon-db-sync: mariadb job/horizon-db-init
ironic-db-init: mariadb
ironic-db-sync: mariadb job/ironic-db-init
ironic-ks-endpoints: keystone-api job/ironic-ks-service
ironic-ks-service: keystone-api
ironic-ks-user: keystone-api
ironic-manage-cleaning-network: neutron-server
ironic-rabbit-init: rabbitmq
keystone-credential-setup:
keystone-db-init: mariadb
keystone-db-sync: mariadb job/keystone-db-init job/keystone-credential-setup job/keystone-fernet-setup
keystone-fernet-setup:
magnum-db-init: mariadb
magnum-db-sync: mariadb job/magnum-db-init
magnum-domain-ks-user:
magnum-ks-endpoints: keystone-api job/magnum-ks-service
magnum-ks-service: keystone-api
magnum-ks-user: keystone-api
magnum-rabbit-init: rabbitmq
manila-db-init: mariadb
manila-db-sync: mariadb job/manila-db-init
manila-ks-endpoints: keystone-api job/manila-ks-service
manila-ks-service: keystone-api
manila-ks-user: keystone-api
manila-rabbit-init: rabbitmq
masakari-db-init: mariadb
masakari-db-sync: mariadb job/masakari-db-init
masakari-ks-endpoints: keystone-api job/masakari-ks-service
masakari-ks-service: keystone-api
masakari-ks-user: keystone-api
mistral-db-init: mariadb
mistral-db-sync: mariadb job/mistral-db-init
mistral-ks-endpoints: keystone-api job/mistral-ks-service
mistral-ks-service: keystone-api
mistral-ks-user: keystone-api
mistral-rabbit-init: rabbitmq
neutron-db-init: mariadb
neutron-db-sync: mariadb job/neutron-db-init
neutron-ks-endpoints: keystone-api job/neutron-ks-service
neutron-ks-service: keystone-api
neutron-ks-user: keystone-api
neutron-rabbit-init: rabbitmq
nova-db-init: mariadb
nova-db-sync: mariadb job/nova-db-init
nova-ks-endpoints: keystone-api job/nova-ks-service
nova-ks-service: keystone-api
nova-ks-user: keystone-api
nova-rabbit-init: rabbitmq
octavia-db-init: mariadb mariadb
octavia-db-sync: mariadb mariadb job/octavia-db-init
octavia-ks-endpoints: keystone-api job/octavia-ks-service
octavia-ks-service: keystone-api
octavia-ks-user: keystone-api
octavia-rabbit-init: rabbitmq
placement-db-init: mariadb
placement-db-sync: mariadb job/placement-db-init
placement-ks-endpoints: keystone-api job/placement-ks-user job/placement-ks-service
placement-ks-service: keystone-api
placement-ks-user: keystone-api
powerdns-db-init: mariadb
powerdns-db-sync: mariadb job/powerdns-db-init
prometheus-openstack-exporter-ks-user: keystone-api
skyline-db-init: mariadb
skyline-db-sync: mariadb job/skyline-db-init
skyline-ks-user: keystone-api
swift-ring-builder:
tacker-db-init: mariadb
tacker-db-sync: mariadb job/tacker-db-init
tacker-ks-endpoints: keystone-api job/tacker-ks-service
tacker-ks-service: keystone-api
tacker-ks-user: keystone-api
tacker-rabbit-init:
trove-db-init: mariadb
trove-db-sync: mariadb job/trove-db-init
trove-ks-endpoints: keystone-api job/trove-ks-service
trove-ks-service: keystone-api
trove-ks-user: keystone-api
trove-rabbit-init: rabbitmq
watcher-db-init: mariadb
watcher-db-sync: mariadb job/watcher-db-init
watcher-ks-endpoints: keystone-api job/watcher-ks-service
watcher-ks-service: keystone-api
watcher-ks-user: keystone-api
watcher-rabbit-init: rabbitmq
zaqar-db-init: mariadb
zaqar-db-sync: mariadb job/zaqar-db-init
zaqar-ks-endpoints: keystone-api job/zaqar-ks-service
zaqar-ks-service: keystone-api
zaqar-ks-user: keystone-api
"""
