"""What each workload of openstack-helm waits for, static and dynamic: rendered with the default values.

Source: openstack-helm at commit 0ee5adeff (August 2026). What waits for nothing and is waited for by nobody is left out.

A line is `NAME: NEEDS`; a need is the name of a service, `job/NAME`, or `pod/WORKLOAD`, with `@node` for one on the same node.
"""

WORKLOADS = """\
aodh-api: mariadb keystone-api job/aodh-db-sync job/aodh-ks-user job/aodh-ks-endpoints
aodh-evaluator: mariadb keystone-api aodh-api job/aodh-db-sync job/aodh-rabbit-init
aodh-listener: mariadb keystone-api aodh-api job/aodh-db-sync job/aodh-rabbit-init
aodh-notifier: mariadb keystone-api aodh-api job/aodh-db-sync job/aodh-rabbit-init
barbican-api: mariadb keystone-api rabbitmq job/barbican-db-sync job/barbican-ks-user job/barbican-ks-endpoints
    job/barbican-rabbit-init
blazar-api: mariadb keystone-api rabbitmq job/blazar-db-sync job/blazar-ks-user job/blazar-ks-endpoints
    job/blazar-rabbit-init
blazar-manager: mariadb keystone-api rabbitmq job/blazar-db-sync job/blazar-ks-user job/blazar-ks-endpoints
    job/blazar-rabbit-init
ceilometer-central: keystone-api gnocchi-api job/ceilometer-db-sync job/ceilometer-rabbit-init job/ceilometer-ks-user
    job/ceilometer-ks-endpoints
ceilometer-compute: keystone-api gnocchi-api job/ceilometer-db-sync job/ceilometer-rabbit-init job/ceilometer-ks-user
    job/ceilometer-ks-endpoints
ceilometer-notification: keystone-api gnocchi-api job/ceilometer-db-sync job/ceilometer-rabbit-init
    job/ceilometer-ks-user job/ceilometer-ks-endpoints
ceph-checkdns: ceph-mon
ceph-mds: ceph-mon job/ceph-storage-keys-generator job/ceph-mds-keyring-generator job/ceph-rbd-pool
ceph-mgr: ceph-mon job/ceph-storage-keys-generator job/ceph-mgr-keyring-generator
ceph-mon: job/ceph-storage-keys-generator job/ceph-mon-keyring-generator
ceph-mon-check: ceph-mon-discovery job/ceph-storage-keys-generator job/ceph-mon-keyring-generator
ceph-rbd-csi-provisioner: ceph-mon job/ceph-rbd-pool
cinder-api: mariadb keystone-api job/cinder-db-sync job/cinder-ks-user job/cinder-ks-endpoints job/cinder-rabbit-init
    job/cinder-storage-init
cinder-backup: keystone-api cinder-api job/cinder-db-sync job/cinder-ks-user job/cinder-ks-endpoints
    job/cinder-rabbit-init job/cinder-storage-init job/cinder-backup-storage-init
cinder-scheduler: keystone-api cinder-api job/cinder-db-sync job/cinder-ks-user job/cinder-ks-endpoints
    job/cinder-rabbit-init job/cinder-storage-init
cinder-volume: keystone-api cinder-api job/cinder-db-sync job/cinder-ks-user job/cinder-ks-endpoints
    job/cinder-rabbit-init job/cinder-storage-init
cloudkitty-api: keystone-api job/cloudkitty-db-sync job/cloudkitty-storage-init job/cloudkitty-ks-user
    job/cloudkitty-ks-endpoints job/cloudkitty-ks-service
cloudkitty-processor: keystone-api job/cloudkitty-db-sync job/cloudkitty-storage-init job/cloudkitty-ks-user
    job/cloudkitty-ks-endpoints job/cloudkitty-ks-service
cyborg-api: mariadb keystone-api rabbitmq job/cyborg-db-sync job/cyborg-ks-user job/cyborg-ks-endpoints
    job/cyborg-ks-service
cyborg-conductor: rabbitmq mariadb keystone-api job/cyborg-db-sync job/cyborg-rabbit-init
designate-api: job/designate-db-sync job/designate-ks-user job/designate-ks-endpoints job/designate-rabbit-init
designate-central: job/designate-db-sync job/designate-ks-user job/designate-ks-endpoints job/designate-rabbit-init
designate-mdns: mariadb keystone-api job/designate-db-sync job/designate-ks-user job/designate-ks-endpoints
designate-producer: mariadb keystone-api job/designate-db-sync job/designate-ks-user job/designate-ks-endpoints
designate-worker: mariadb keystone-api minidns job/designate-db-sync job/designate-ks-user job/designate-ks-endpoints
    job/designate-rabbit-init
docker-registry: redis
docker-registry-proxy: docker-registry
elasticsearch-client: elasticsearch-discovery
elasticsearch-data: elasticsearch-logging elasticsearch-discovery
elasticsearch-master:
filebeat: kibana-dash
freezer-api: mariadb keystone-api job/freezer-db-sync job/freezer-ks-user job/freezer-ks-endpoints
glance-api: mariadb keystone-api rabbitmq job/glance-storage-init job/glance-db-sync job/glance-rabbit-init
    job/glance-ks-user job/glance-ks-endpoints
gnocchi-api: keystone-api mariadb job/gnocchi-storage-init job/gnocchi-db-sync job/gnocchi-ks-endpoints
    job/gnocchi-ks-service job/gnocchi-ks-user
gnocchi-metricd: postgresql gnocchi-api job/gnocchi-storage-init job/gnocchi-db-sync job/gnocchi-ks-user
    job/gnocchi-ks-service job/gnocchi-ks-endpoints
gnocchi-statsd: postgresql gnocchi-api job/gnocchi-storage-init job/gnocchi-db-sync job/gnocchi-ks-user
    job/gnocchi-ks-service job/gnocchi-ks-endpoints
grafana: mariadb job/grafana-db-init job/grafana-db-session-sync job/grafana-set-admin-user job/grafana-run-migrator
heat-api: mariadb rabbitmq keystone-api job/heat-db-sync job/heat-rabbit-init job/heat-ks-user job/heat-domain-ks-user
    job/heat-ks-endpoints job/heat-bootstrap
heat-cfn: mariadb rabbitmq keystone-api job/heat-db-sync job/heat-rabbit-init job/heat-ks-user job/heat-domain-ks-user
    job/heat-ks-endpoints job/heat-bootstrap
heat-engine: mariadb rabbitmq keystone-api job/heat-db-sync job/heat-rabbit-init job/heat-ks-user
    job/heat-domain-ks-user job/heat-ks-endpoints job/heat-bootstrap
horizon: memcached mariadb keystone-api job/horizon-db-sync
ironic-api: mariadb keystone-api rabbitmq job/ironic-db-sync job/ironic-ks-user job/ironic-ks-endpoints
    job/ironic-manage-cleaning-network job/ironic-rabbit-init
ironic-conductor: mariadb keystone-api ironic-api rabbitmq job/ironic-db-sync job/ironic-ks-user
    job/ironic-ks-endpoints job/ironic-manage-cleaning-network job/ironic-rabbit-init
keystone-api: memcached mariadb job/keystone-db-sync job/keystone-credential-setup job/keystone-fernet-setup
kibana: elasticsearch-logging job/flush-kibana-metadata
libvirt: pod/neutron-ovs-agent@node
magnum-api: mariadb keystone-api rabbitmq barbican-api heat-api job/magnum-db-sync job/magnum-ks-user
    job/magnum-domain-ks-user job/magnum-ks-endpoints job/magnum-rabbit-init
magnum-conductor: mariadb keystone-api rabbitmq barbican-api heat-api job/magnum-db-sync job/magnum-ks-user
    job/magnum-domain-ks-user job/magnum-ks-endpoints job/magnum-rabbit-init
manila-api: mariadb keystone-api rabbitmq job/manila-db-sync job/manila-ks-user job/manila-ks-endpoints
    job/manila-rabbit-init
manila-data: job/manila-db-sync job/manila-ks-user job/manila-ks-endpoints job/manila-rabbit-init
manila-scheduler: mariadb keystone-api rabbitmq job/manila-db-sync job/manila-ks-user job/manila-ks-endpoints
    job/manila-rabbit-init
manila-share: mariadb keystone-api rabbitmq job/manila-db-sync job/manila-ks-user job/manila-ks-endpoints
    job/manila-rabbit-init
mariadb-server:
masakari-api: keystone-api job/masakari-db-sync job/masakari-ks-user job/masakari-ks-endpoints job/masakari-ks-service
masakari-engine: keystone-api job/masakari-db-sync job/masakari-ks-user job/masakari-ks-endpoints
    job/masakari-ks-service
memcached:
metricbeat-deployment-modules: kibana-dash
metricbeat-node-modules: kibana-dash
mistral-api: mariadb keystone-api job/mistral-db-sync job/mistral-ks-user job/mistral-ks-endpoints
    job/mistral-rabbit-init
mistral-engine: mariadb keystone-api job/mistral-db-sync job/mistral-ks-user job/mistral-ks-endpoints
    job/mistral-rabbit-init
mistral-event-engine: mariadb keystone-api job/mistral-db-sync job/mistral-ks-user job/mistral-ks-endpoints
    job/mistral-rabbit-init
mistral-executor: mariadb keystone-api job/mistral-db-sync job/mistral-ks-user job/mistral-ks-endpoints
    job/mistral-rabbit-init
neutron-dhcp-agent: rabbitmq neutron-server nova-api job/neutron-rabbit-init pod/neutron-ovs-agent@node
neutron-l3-agent: rabbitmq neutron-server nova-api job/neutron-rabbit-init pod/neutron-ovs-agent@node
neutron-metadata-agent: rabbitmq neutron-server nova-api nova-metadata job/neutron-rabbit-init
    pod/neutron-ovs-agent@node
neutron-ovs-agent: rabbitmq neutron-server job/neutron-rabbit-init pod/openvswitch@node
neutron-rpc-server: mariadb rabbitmq memcached keystone-api job/neutron-db-sync job/neutron-ks-user
    job/neutron-ks-endpoints job/neutron-rabbit-init
neutron-server: mariadb rabbitmq memcached keystone-api job/neutron-db-sync job/neutron-ks-user
    job/neutron-ks-endpoints job/neutron-rabbit-init
nova-api-metadata: rabbitmq mariadb keystone-api job/nova-db-sync job/nova-ks-user job/nova-ks-endpoints
    job/nova-rabbit-init
nova-api-osapi: rabbitmq mariadb keystone-api job/nova-db-sync job/nova-ks-user job/nova-ks-endpoints
    job/nova-rabbit-init
nova-compute: rabbitmq glance-api nova-api neutron-server nova-metadata job/nova-db-sync job/nova-rabbit-init
    pod/libvirt@node pod/neutron-ovs-agent@node
nova-conductor: rabbitmq mariadb keystone-api nova-api job/nova-db-sync job/nova-rabbit-init
nova-novncproxy: mariadb job/nova-db-sync
nova-scheduler: rabbitmq mariadb keystone-api nova-api job/nova-db-sync job/nova-rabbit-init
octavia-api: mariadb keystone-api rabbitmq memcached neutron-server job/octavia-db-sync job/octavia-ks-user
    job/octavia-ks-endpoints job/octavia-rabbit-init
octavia-driver-agent: mariadb keystone-api rabbitmq memcached neutron-server octavia-api job/octavia-db-sync
    job/octavia-ks-user job/octavia-ks-endpoints job/octavia-rabbit-init
octavia-health-manager: mariadb keystone-api rabbitmq memcached neutron-server octavia-api job/octavia-db-sync
    job/octavia-ks-user job/octavia-ks-endpoints job/octavia-rabbit-init
octavia-housekeeping: mariadb keystone-api rabbitmq memcached neutron-server octavia-api job/octavia-db-sync
    job/octavia-ks-user job/octavia-ks-endpoints job/octavia-rabbit-init
octavia-worker: mariadb keystone-api rabbitmq memcached neutron-server octavia-api job/octavia-db-sync
    job/octavia-ks-user job/octavia-ks-endpoints job/octavia-rabbit-init
openvswitch:
ovn-controller: ovn-ovsdb-sb pod/openvswitch@node
ovn-northd: ovn-ovsdb-nb ovn-ovsdb-sb
ovn-ovsdb-nb:
ovn-ovsdb-sb:
placement-api: job/placement-db-sync job/placement-ks-service job/placement-ks-user job/placement-ks-endpoints
postgresql:
powerdns: mariadb job/powerdns-db-init job/powerdns-db-sync
prometheus-openstack-exporter: keystone-api job/prometheus-openstack-exporter-ks-user
rabbitmq:
redis:
skyline: mariadb keystone-api job/skyline-db-sync job/skyline-ks-user
swift-proxy: keystone-api memcached job/swift-ring-builder pod/swift-storage
swift-storage: job/swift-ring-builder
tacker-conductor: mariadb keystone-api barbican-api job/tacker-db-sync job/tacker-ks-user job/tacker-ks-endpoints
    job/tacker-rabbit-init
tacker-server: mariadb keystone-api barbican-api job/tacker-db-sync job/tacker-ks-user job/tacker-ks-endpoints
    job/tacker-rabbit-init
trove-api: mariadb keystone-api rabbitmq job/trove-db-sync job/trove-ks-user job/trove-ks-endpoints
    job/trove-rabbit-init
trove-conductor: mariadb keystone-api rabbitmq job/trove-db-sync job/trove-ks-user job/trove-rabbit-init
trove-taskmanager: mariadb keystone-api rabbitmq job/trove-db-sync job/trove-ks-user job/trove-rabbit-init
watcher-api: mariadb keystone-api job/watcher-db-sync job/watcher-ks-user job/watcher-ks-endpoints
    job/watcher-rabbit-init
watcher-applier: mariadb keystone-api job/watcher-db-sync job/watcher-ks-user job/watcher-ks-endpoints
    job/watcher-rabbit-init
zaqar-api: memcached mariadb keystone-api job/zaqar-db-sync job/zaqar-ks-user job/zaqar-ks-endpoints
"""
