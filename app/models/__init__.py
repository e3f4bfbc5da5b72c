"""The tables. Import models from here."""

from app.models.base import Base
from app.models.catalogue import Entity, Mail, NonWorkingDay
from app.models.people import Attempt, Grant, SignIn, Ticket, User
from app.models.process import (
    Deployment,
    Draft,
    Incident,
    LogEntry,
    PlannedStart,
    ProcessInstance,
    Task,
    ValidationDraft,
)
from app.models.records import (
    FileUse,
    Filing,
    InductionSession,
    PersonnelRow,
    Record,
    Seat,
    StoredFile,
)

__all__ = [
    "Attempt",
    "Base",
    "Deployment",
    "Draft",
    "Entity",
    "FileUse",
    "Filing",
    "Grant",
    "Incident",
    "InductionSession",
    "LogEntry",
    "Mail",
    "NonWorkingDay",
    "PersonnelRow",
    "PlannedStart",
    "ProcessInstance",
    "Record",
    "Seat",
    "SignIn",
    "StoredFile",
    "Task",
    "Ticket",
    "User",
    "ValidationDraft",
]
