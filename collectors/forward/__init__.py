"""The forward protocol of Fluent Bit and Fluentd: logs come in by it, events go out by it, both with acknowledgement.

    wire        times, messages and acknowledgements as msgpack; encoding
    decoding    bytes of a connection -> messages, entry by entry, within bounds
    handshake   the shared key: HELO, PING, PONG
    records     a message's records -> lines of text, by stream
    ledger      which messages wait for which positions; repeats are known by their chunk id
    sockets     listening, connecting, TLS; what is wrong with either
    connection  one sender
    server      the source
    chunks      events -> messages
    client      the sink

The protocol: https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1.5. Where Fluent Bit 5.1 does something
else, it was watched doing it, and the place says so.
"""
