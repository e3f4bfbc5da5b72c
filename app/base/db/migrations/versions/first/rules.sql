-- The rules that norms have set up to now (app.register.registers.rules): from when a visit is
-- recorded late ("extemporáneo"), and what is published of a document. `at`: when they are stored.
insert into dated_rule (name, from_on, value, norm, source, second_hand, at) values
    ('late_entry', '2019-07-12', 'after_exit', 'DS 120-2019-PCM', '', false, :at),
    ('late_entry', '2026-07-23', 'after_day', 'Directiva 003-2026-PCM/SIP',
     'Fecha de la resolución que la aprueba, según fuentes secundarias: falta leer la norma.',
     true, :at),
    ('document_publication', '2019-07-12', 'masked', 'Ley 29733', '', false, :at)
