"""From sources to sinks without loss: a parser per stream, batches, a worker per sink, and positions that wait for them all.

    streams   chunks become events, each with the id that stays the same when it is read again
    batches   events become batches, bounded by number, size and age
    outbox    the batches that wait for one sink: in memory, beyond that in the `spool` on disk
    worker    takes them out one by one and repeats what fails; `delivery` is its pure part
    ledger    which positions are safe now, as all sinks have accepted what stands before them
    pipeline  puts these together; `loop` calls it again and again

Nothing here knows a particular source, sink or format.
"""
