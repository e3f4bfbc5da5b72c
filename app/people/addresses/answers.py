"""The meaning of a mail server's answer for an address: by its statuses (RFC 3463) and its words.

Servers that refuse a mail for a rule, or for a full mailbox, often give the status of an address
that does not exist. So words about a rule or a full mailbox take precedence over such a status, and
a status that only the report adds needs words, unless the server used none.
"""

from __future__ import annotations

import re

#: A status of RFC 3463: its class, then its subject and detail.
STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3}\.\d{1,3})(?![\d.])")
#: Statuses that say no more than their class.
PLAIN = ("0.0", "5.0")
#: No such mailbox, domain or route to it; Exchange Online says 5.4.1 for a recipient that it does
#: not know, Microsoft 5.4.310 for a domain.
NO_ADDRESS = re.compile(r"1\.(?:0|1|2|3|6|10)|2\.1|4\.(?:1|4|310)")
#: About the sender, a full mailbox, the size of the mail, the server itself, or a rule of it.
NOT_ALLOWED = re.compile(r"1\.[78]|2\.[23]|3\.[1-9]\d*|7\.(?!17?$)\d+")
#: A rule, or any refusal: the words decide, unless they are about a domain or access.
BY_RULE = ("7.1", "7.17")
OF_A_RULE = re.compile(
    r"\bdomain|\bhost(?:name| not| unknown)|access denied|may not|allowed|authori[sz]",
    re.IGNORECASE,
)
#: A reply of SMTP that is for now.
FOR_NOW = re.compile(r"^(?:[\w-]+; ?)?4\d\d[ -]")
#: Words about the sender or the number of mails: such an answer is not about this address.
OF_THE_SENDER = re.compile(
    r"\b(?:sender (?:address|domain|verif\w+|rejected|denied|refused|does|is)|"
    r"(?:of(?: the)?|your|invalid|unknown|bad) sender|(?:helo|ehlo)\b|client host|"
    r"your (?:ip|domain|host(?:name)?|server)|(?:no|not|any) permission|permission to|"
    r"too many|(?:after|reply to)(?: pipelined)? mail\b|"
    r"(?:del|al|el|su) remitente|remitente (?:rechazad|bloquead|no|inv[aá]lid)\w*)",
    re.IGNORECASE,
)
NOT_THE_ADDRESS = re.compile(
    r"\b(?:(?:over ?)?quota|full|too (?:large|much|fast|big|long)|limit(?:ed|s)?|exceed(?:ed|s)?|"
    r"space|storage|disk|spam|junk\w*|bulk|unsolicited|phish\w*|malware|virus|"
    r"message content|content (?:denied|rejected|filter\w*)|"
    r"policy|policies|prohibit\w*|administratively|denied by|forbidden|banned|blocked|"
    r"black.?list(?:ed|s)?|block.?list(?:ed|s)?|gr[ae]y.?list\w*|(?<!not )listed|preferences|"
    r"rbl|dnsbl|pbl|reputation|dmarc|spf|dkim|r?dns|rate|throttl\w+|temporar\w+|"
    r"(?<!spaces and )try again|later|busy|locked|ip address|ptr|relay(?!=)\w*|"
    r"authenticat\w+|starttls|tls|"
    r"llen[oa]|espacio|cuota|l[ií]mite|tamaño|excede|bloquead[oa]|pol[ií]tica|no deseado|"
    r"lista negra|verification failed)\b",
    re.IGNORECASE,
)
_ONE = r"(?:recipient|addressee|address|user(?: ?id)?|account|mail[ -]?box|destinat\w+)"
_UNO = r"(?:usuari[oa]|destinatari[oa]|cuenta|buz[oó]n|casilla|direcci[oó]n|dominio|correo)"
SAYS_NO_ADDRESS = re.compile(
    rf"unknown\s+{_ONE}|no such (?:{_ONE}|person|domain)|does ?n[o']t exist|"
    r"no mail[ -]?box (?:here|found|available)|find any host|name or service not known|"
    r"not our (?:customer|user)|not listed in [\w& ]*(?:directory|address book)|"
    rf"{_ONE}[\w ]* (?:not recogni[sz]ed|could(?: not|n[’']t) be found)|host [\w.-]+ not found|"
    r"(?:does ?n[o']t|does not) have an? [\w.]* ?(?:account|mailbox)|"
    rf"(?:{_ONE}|domain|host)[\w ]* (?:not found|unknown)|"
    rf"(?:invalid(?: final delivery)?|(?:not an?|no) (?:valid|known|active)|bad)[ _]{_ONE}|"
    rf"{_ONE} (?:is )?(?:invalid|inactive|closed|deleted)|"
    rf"{_ONE}[\w ]* (?:disabled|deactivated|(?:been|was) (?:closed|deleted|removed))|"
    r"unroute?able|non-?existent|no address associated|null ?mx|has moved to|"
    rf"{_UNO}[\w '\"]* (?:no existe|no v[aá]lid[oa]|inexistente)|no existe|"
    rf"{_UNO} (?:desconocid|inv[aá]lid)[oa]|no (?:se encontr[oó]|fue encontrad[oa]) "
    rf"(?:el |la )?{_UNO}|{_UNO} (?:no se encontr[oó]|no fue encontrad[oa]|no encontrad[oa])",
    re.IGNORECASE,
)
#: RFC 5321's words of a 550, and others by which a server may mean a rule too.
UNAVAILABLE = re.compile(r"mailbox unavailable|recipient rejected", re.IGNORECASE)
#: An address or a link that an answer quotes: it may hold any of these words, and says nothing.
QUOTED = re.compile(r"\S+@\S+|https?://\S+")
#: The parts of an answer that are not words: its source (`smtp;`), replies, statuses.
NO_WORDS = re.compile(r"^\s*[\w-]+;|[^a-zñáéíóúü]+", re.IGNORECASE)


def means_no_address(said: str, status: str = "") -> bool | None:
    """Return whether a server's answer means that there is no such address; None if unclear.

    `said` is the answer with the statuses that it has, `status` the one that a report adds.
    """
    own, added = _meaningful(said), _meaningful(status)
    # qmail gives 4.1.2 when it gives up looking for a host.
    if FOR_NOW.match(said) or any(
        (kind == "4" and detail != "1.2") or NOT_ALLOWED.fullmatch(detail)
        for kind, detail in own + added
    ):
        return False
    words = QUOTED.sub(" ", said)
    if OF_THE_SENDER.search(words):
        return False
    by_own, by_added = _names_none(own), _names_none(added)
    says_so = SAYS_NO_ADDRESS.search(words) is not None
    not_it = NOT_THE_ADDRESS.search(words)
    if any(detail in BY_RULE for _, detail in own + added):
        return says_so and not (not_it or OF_A_RULE.search(words))
    if not_it:
        return says_so and (by_own or by_added)
    if by_own or says_so or UNAVAILABLE.search(words):
        return True
    if by_added and not own:
        return "://" not in said and not NO_WORDS.sub("", words)
    return False if any(detail not in PLAIN for _, detail in own + added) else None


def _meaningful(text: str) -> list[tuple[str, str]]:
    """Return the statuses in a text, without the plain ones where others are there too."""
    found = [(one[1], one[2]) for one in STATUS.finditer(text)]
    return [one for one in found if one[1] not in PLAIN] or found


def _names_none(statuses: list[tuple[str, str]]) -> bool:
    return any(NO_ADDRESS.fullmatch(detail) for _, detail in statuses)
