"""Drills: two weeks of virtual time, workers that are killed all the time, an unreliable mail
server.

`make drill` fills a PostgreSQL database and lets four workers remind 2,125 entities through an SMTP
server that now and then refuses, hangs up or delays. It kills a worker every few seconds, and then
compares what arrived with the forecast and with the ledger.
"""
