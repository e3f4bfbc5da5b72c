"""Answers of servers, in a report whose status says that the address does not exist.

An answer about a rule, the sender, a full mailbox or the mail itself outweighs that status.
"""

from __future__ import annotations

from app.mailroom.incoming import kinds, reading
from app.people.addresses.answers import means_no_address
from tests.app.mailroom.incoming.test_bounces_judged import report

#: Refusals for another reason than the address, even if the report's status is 5.1.1.
NOT_OF_THE_ADDRESS = """
550 Rejected
550 Access denied
550 Administrative prohibition
550 Requested action not taken: message refused
550 mailbox unavailable: quota
550 Message was not accepted -- invalid mail domain of sender
550 <avisos@example.pe>: Sender address rejected: Domain not found
450 <ana@example.pe>: Recipient address rejected: User unknown
550 Sender domain does not exist
550-No Such User Here 550 Sender verify failed
550 HELO host not found
550 Your domain does not have a valid MX record
550 Message does not have a Date header
550 You do not have permission to send to this recipient
550 5.1.1 You do not have permission to send to this recipient
550 5.1.1 Too many invalid recipients from your IP
550 5.1.1 Too many unknown users
550 IP 203.0.113.4 in PBL
550 unsolicited bulk mail
550 JunkMail rejected
550 phishing
550 Mail content denied
550 Greylisting
550 Your IP is banned
550 TLS required
530 Must issue a STARTTLS command first
501 Syntax error
503 sender not yet given
452 Insufficient disk
550 Insufficient system storage
552 message too big
550 mailbox locked
550 system busy
554 5.0.0 Service unavailable
554 5.6.0 Corrupt message content
550 5.4.0 loop
554 Transaction failed
550 Remitente rechazado
550 El dominio del remitente no existe
550 Mensaje rechazado: remitente en lista negra
550 Mensaje no deseado
550 El mensaje excede el tamaño
550 Error desconocido
550 5.7.1 <ana@example.pe>: Recipient address rejected: Access denied
550 5.7.1 User unknown in a domain that may not relay
553 http://blocklist.example.org/query?ip=203.0.113.4
550 Refused due to recipient preferences
550 5.1.0 example.pe does not exist (in reply to MAIL FROM command)
""".strip().split("\n")
#: Refusals because the address does not exist, without any status.
NO_SUCH_ADDRESS = """
550 Unrouteable address
550 Recipient unknown
550 Not a valid recipient
550 Address invalid
550 mailbox is inactive
550 account has been closed
553 5.3.0 <ana@example.pe>... User unknown
554 delivery error: dd This user doesn't have a example.com account [0]
550 Rejected: user 'ana' does not exist. See https://mail.example.pe/policy
550 <limite.spam@example.pe>: User unknown
556 Domain has null MX
550 Buzón inexistente
550 Destinatario desconocido
550 No se encontró el usuario
User ana not listed in Domino Directory
User ana (ana@example.pe) not listed in public Name & Address Book
550 <ana@example.pe> is not a known user on this system
550 ana@example.pe is not an active address at this host
550 5.7.1 No mailbox found
550 5.7.1 No such user here
554 5.7.1 <ana@example.pe>: Recipient address rejected: Nonexistent user
550 sorry, no mailbox here by that name. (#5.7.17)
550 No mail box available for this user
553 5.3.0 <ana@example.pe>... Addressee unknown, relay=[203.0.113.4]
Unknown Recipient
The recipient name is not recognized
Invalid final delivery userid: ana
550 BAD_RECIPIENT - see https://mail.example.pe/help
551 not our customer
Sorry, I couldn't find any host named mail.example.pe. (#5.1.2)
Sorry, I couldn't find any host by that name. (#4.1.2) I'm not going to try again.
[mail.example.pe]: Name or service not known
The address couldn't be found. Check for unnecessary spaces and try again.
""".strip().split("\n")


def test_a_rule_or_the_sender_wins_over_the_status_of_a_report():
    for said in NOT_OF_THE_ADDRESS:
        assert means_no_address(said, "5.1.1") is False
        assert means_no_address(said) is not True
        assert kinds.classify(reading.read(report("5.1.1", said))).kind == "soft"


def test_words_that_say_so_need_no_status_and_a_status_needs_no_words():
    for said in NO_SUCH_ADDRESS:
        assert means_no_address(said) is True
        assert means_no_address(said, "5.1.1") is True
    for said in ["", "smtp; 550", "smtp; 550 5.1.1", "550 <ana@example.pe>"]:
        assert means_no_address(said, "5.1.1") is True


def test_a_report_that_only_says_that_it_failed_is_read_by_the_words_of_the_mail():
    for said, kind in [("User unknown", "hard"), ("Mailbox full", "soft")]:
        raw = report("5.0.0", said).replace(b"Diagnostic-Code", b"X-Code")
        assert kinds.classify(reading.read(raw)).kind == kind
