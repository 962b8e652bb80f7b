"""RabbitMQ as oslo.messaging uses it: is anybody blocked, does every topic have a server, what waits, and for whom."""

from dashboards.source.model import Ask, Lines, Page, Section, Stat, Table, Timeline, Variable, ask
from dashboards.source.promql import most, rate, total
from dashboards.source.states import DOWN_UP, HOLDS, holding, number_of, states_of

_TOPIC = "{{cluster}} {{vhost}} {{topic}}"

_FIRST = Section(
    "",
    (
        Stat(
            title="Verdict",
            asks=ask(number_of("rabbitmq_oslo_verdict", "cluster"), "{{cluster}}"),
            says="What all members together come to. Normal: healthy. blocked: no service can send anything.",
            unit="short",
            alerts=("RabbitmqDown", "RabbitmqPartition"),
            states=states_of("rabbitmq_oslo_verdict"),
            width=6,
        ),
        Stat(
            title="Alarms in force",
            asks=ask(total("rabbitmq_oslo_alarm", "cluster"), "{{cluster}}"),
            says="Memory or disk of a member is used up. One is enough to block all publishers of the whole cluster.",
            unit="short",
            alerts=("RabbitmqAlarm",),
            counts=True,
            width=4,
        ),
        Stat(
            title="Blocked connections",
            asks=ask(total('rabbitmq_oslo_connections{state=~"blocked|blocking"}', "cluster"), "{{cluster}}"),
            says="Connections whose service waits to send. Normal: 0.",
            unit="short",
            alerts=("RabbitmqServicesBlocked",),
            counts=True,
            width=4,
        ),
        Stat(
            title="Topics without a server",
            asks=ask(total('rabbitmq_oslo_queues_without_consumers{class="rpc_topic"}', "cluster"), "{{cluster}}"),
            says="Queues of topics that nobody reads: calls to them time out. Normal: 0.",
            unit="short",
            alerts=("OsloTopicWithoutServers",),
            counts=True,
            width=5,
        ),
        Stat(
            title="Members running, of those known",
            asks=ask("min by (cluster) (rabbitmq_oslo_members_running / rabbitmq_oslo_members_known)", "{{cluster}}"),
            says="In the eyes of a member that answers. Normal: 100 %.",
            unit="percentunit",
            alerts=("RabbitmqNodeDown",),
            width=5,
        ),
        Timeline(
            title="Members",
            asks=ask("max by (cluster, member) (rabbitmq_oslo_member_running)", "{{cluster}} {{member}}"),
            says="Whether the member runs, in the eyes of one that answers.",
            alerts=("RabbitmqNodeDown",),
            states=DOWN_UP,
            width=8,
        ),
        Timeline(
            title="Members that answer us",
            asks=ask("max by (cluster, member) (rabbitmq_oslo_member_up)", "{{cluster}} {{member}}"),
            says="Whether anybody answers at the member's address.",
            alerts=("RabbitmqNodeUnreachable",),
            states=DOWN_UP,
            width=8,
        ),
        Timeline(
            title="Reasons for the verdict",
            asks=ask(holding("rabbitmq_oslo_reason", "cluster"), "{{cluster}} {{rabbitmq_oslo_reason}}"),
            says="What is not as it should be. Empty in a healthy cluster.",
            alerts=("RabbitmqPartition", "RabbitmqQuorumCritical", "RabbitmqPartlyUnseen"),
            states=HOLDS,
            empty="nothing is wrong",
            width=8,
        ),
    ),
)

_QUEUES = Section(
    "What waits",
    (
        Lines(
            title="Messages that wait, by class",
            asks=ask(total("rabbitmq_oslo_messages_ready", "cluster", "class"), "{{cluster}} {{class}}"),
            says="rpc_topic, rpc_server, fanout and reply are near 0 in a healthy cloud; notification depends on who reads it.",
            unit="short",
            alerts=("OsloQueueBacklog", "OsloNotificationsUnread"),
        ),
        Lines(
            title="Fullest topics",
            asks=ask(
                most(
                    "max by (cluster, vhost, topic)"
                    ' (rabbitmq_oslo_topic_messages_ready{class=~"rpc_topic|rpc_server|resource_push"})'
                ),
                _TOPIC,
            ),
            says="Calls and casts that a service has not taken yet: it is slow, or too few of it run.",
            unit="short",
            alerts=("OsloQueueBacklog",),
            limits=("OsloQueueBacklog",),
        ),
        Lines(
            title="Queues that nobody reads, by class",
            asks=ask(total("rabbitmq_oslo_queues_without_consumers", "cluster", "class"), "{{cluster}} {{class}}"),
            says="After a restart, fanout and reply queues stay for half an hour unread; rpc_topic and rpc_server must not.",
            unit="short",
        ),
        Lines(
            title="Messages in stuck queues of servers",
            asks=ask(most('max by (cluster, vhost, topic) (rabbitmq_oslo_topic_stuck_messages{class="rpc_server"})'), _TOPIC),
            says="Messages that wait, no reader, and they do not become fewer.",
            unit="short",
            alerts=("OsloServerQueueStuck",),
        ),
        Table(
            title="Topics that nobody serves",
            asks=(
                Ask(
                    'max by (cluster, vhost, topic) (rabbitmq_oslo_topic_queues_without_consumers{class="rpc_topic"}) > 0',
                    "queues",
                ),
            ),
            says="Calls to them time out after a minute: the service is not running, or lost its connection.",
            unit="short",
            alerts=("OsloTopicWithoutServers",),
            columns={"topic": "topic", "vhost": "virtual host", "cluster": "cluster"},
            empty="all are served",
        ),
        Lines(
            title="Queues that are down",
            asks=ask("max by (cluster, class) (rabbitmq_oslo_queues_down)", "{{cluster}} {{class}}"),
            says="Down, crashed or without a majority. Normal: 0.",
            unit="short",
            alerts=("RabbitmqQueuesDown",),
            limits=("RabbitmqQueuesDown",),
            counts=True,
        ),
        Lines(
            title="Hosts with most messages waiting",
            asks=ask(most("max by (cluster, host) (rabbitmq_oslo_host_messages_ready)"), "{{cluster}} {{host}}"),
            says="A host whose agents do not take their calls: look at the agents there.",
            unit="short",
            alerts=("OsloServerQueueStuck",),
        ),
        Lines(
            title="Orphan queues",
            asks=ask(total("rabbitmq_oslo_orphan_queues", "cluster"), "{{cluster}}"),
            says="Fanout and reply queues whose process has gone. They expire; a growing number tells of a restart loop.",
            unit="short",
            alerts=("OsloOrphanQueues",),
            limits=("OsloOrphanQueues",),
        ),
    ),
)

_LOST = Section(
    "What is lost",
    (
        Lines(
            title="Replies whose caller was gone",
            asks=ask("max by (cluster) (rabbitmq_oslo_replies_undeliverable_per_second)", "{{cluster}}"),
            says="The caller gave up (MessagingTimeout) before the answer came: servers are slow, or callers restart.",
            unit="ops",
            alerts=("OsloRepliesUndeliverable",),
            limits=("OsloRepliesUndeliverable",),
        ),
        Lines(
            title="Casts that reached no queue",
            asks=ask("max by (cluster) (rabbitmq_oslo_casts_dropped_per_second)", "{{cluster}}"),
            says="Sent to a topic or host that nobody serves, and gone without an error to the sender.",
            unit="ops",
            alerts=("OsloCastsDropped",),
            limits=("OsloCastsDropped",),
        ),
    ),
)

_CLIENTS = Section(
    "Who is connected",
    (
        Lines(
            title="Connections by service",
            asks=ask(total("rabbitmq_oslo_connections", "cluster", "client"), "{{cluster}} {{client}}"),
            says="A service that loses half of its connections has lost half of its processes, or cannot log in.",
            unit="short",
            alerts=("OsloServiceLostConnections",),
        ),
        Lines(
            title="Connections that are not simply running, by service",
            asks=ask(
                'sum by (cluster, client, state) (rabbitmq_oslo_connections{state!="running"}) > 0',
                "{{cluster}} {{client}} {{state}}",
            ),
            says="flow is a short brake and normal under load; blocking and blocked are an alarm's doing.",
            unit="short",
            alerts=("RabbitmqServicesBlocked",),
            empty="all are running",
        ),
        Lines(
            title="Connections by member",
            asks=ask("max by (cluster, member) (rabbitmq_oslo_member_connections)", "{{cluster}} {{member}}"),
            says="Normal: about equal. After the restart of a member the others keep them until services reconnect.",
            unit="short",
        ),
        Lines(
            title="Connections opened and closed",
            asks=ask(rate("rabbitmq_oslo_connections_opened_total", "cluster"), "{{cluster}} opened")
            + ask(rate("rabbitmq_oslo_connections_closed_total", "cluster"), "{{cluster}} closed"),
            says="oslo.messaging keeps its connections for long. Churn tells of crashing services or wrong time-outs.",
            unit="ops",
            alerts=("RabbitmqConnectionChurn",),
        ),
        Lines(
            title="Queues created and deleted",
            asks=ask(rate("rabbitmq_oslo_queues_created_total", "cluster"), "{{cluster}} created")
            + ask(rate("rabbitmq_oslo_queues_deleted_total", "cluster"), "{{cluster}} deleted"),
            says="Each restart of a service makes new queues. A steady rate is a restart loop.",
            unit="ops",
        ),
        Lines(
            title="Queues by type",
            asks=ask(total("rabbitmq_oslo_queues_by_type", "cluster", "type"), "{{cluster}} {{type}}"),
            says="classic and quorum queues together tell of services with different settings.",
            unit="short",
        ),
    ),
)

_MEMBERS = Section(
    "Members",
    (
        Lines(
            title="Memory, share of the watermark",
            asks=ask(
                "max by (cluster, member) (rabbitmq_oslo_memory_used_bytes / rabbitmq_oslo_memory_limit_bytes)",
                "{{cluster}} {{member}}",
            ),
            says="At 100 % the member blocks all publishers of the cluster.",
            unit="percentunit",
            alerts=("RabbitmqMemoryNearWatermark",),
            limits=("RabbitmqMemoryNearWatermark",),
        ),
        Lines(
            title="Disk space until publishers are blocked",
            asks=ask("min by (cluster, member) (rabbitmq_oslo_disk_headroom_bytes)", "{{cluster}} {{member}}"),
            says="Below 0 the disk alarm is in force.",
            unit="bytes",
            alerts=("RabbitmqDiskWatermarkPredicted",),
        ),
        Lines(
            title="File descriptors, share of the limit",
            asks=ask("max by (cluster, member) (rabbitmq_oslo_open_fds / rabbitmq_oslo_max_fds)", "{{cluster}} {{member}}"),
            says="Each connection and each open queue takes some.",
            unit="percentunit",
            alerts=("RabbitmqFdsNearLimit",),
            limits=("RabbitmqFdsNearLimit",),
        ),
        Lines(
            title="Erlang processes waiting for a core",
            asks=ask("max by (cluster, member) (rabbitmq_oslo_erlang_run_queue)", "{{cluster}} {{member}}"),
            says="Normal: fewer than the member has cores.",
            unit="short",
        ),
        Timeline(
            title="Cut off from peers",
            asks=ask("max by (cluster, member) (rabbitmq_oslo_partitions > bool 0)", "{{cluster}} {{member}}"),
            says="A member that does not see others of its cluster.",
            alerts=("RabbitmqPartition",),
            states=("together", "cut-off"),
        ),
        Table(
            title="Quorum queues that would lose their majority without a member",
            asks=(Ask("max by (cluster, member) (rabbitmq_oslo_quorum_critical_queues)", "queues", "short"),),
            says="Do not restart a member while its number is not 0.",
            unit="short",
            alerts=("RabbitmqQuorumCritical",),
            columns={"cluster": "cluster", "member": "member"},
        ),
    ),
)

PAGE = Page(
    name="rabbitmq",
    title="RabbitMQ for OpenStack",
    says="Is anybody blocked, does every topic have a server, what waits, and for whom.",
    variables=(
        Variable("cluster", "rabbitmq_oslo_verdict", "Cluster"),
        Variable("member", "rabbitmq_oslo_member_up", "Member"),
        Variable("vhost", "rabbitmq_oslo_queues", "Virtual host"),
    ),
    alerts_by=("cluster",),
    sections=(_FIRST, _QUEUES, _LOST, _CLIENTS, _MEMBERS),
)
