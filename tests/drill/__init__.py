"""The drill: two weeks of virtual time, workers that are killed all the while, a bad post office.

`make drill` fills a PostgreSQL database, lets four workers remind 2,125 entities through an SMTP
server that now and then refuses, hangs up or dawdles, kills a worker every few seconds, and then
holds what arrived against what was forecast and against the ledger.
"""
