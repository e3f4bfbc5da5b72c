"""The tables. Import models from here."""

from app.models.base import Base
from app.models.catalogue import Entity, NonWorkingDay
from app.models.mail import Address, Incoming, Mail, Meeting, Reminder, ReminderHold
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
from app.models.time import Absence, ExtensionRequest, Holding, JobRun, Notice

__all__ = [
    "Absence",
    "Address",
    "Attempt",
    "Base",
    "Deployment",
    "Draft",
    "Entity",
    "ExtensionRequest",
    "FileUse",
    "Filing",
    "Grant",
    "Holding",
    "Incident",
    "Incoming",
    "InductionSession",
    "JobRun",
    "LogEntry",
    "Mail",
    "Meeting",
    "NonWorkingDay",
    "Notice",
    "PersonnelRow",
    "PlannedStart",
    "ProcessInstance",
    "Record",
    "Reminder",
    "ReminderHold",
    "Seat",
    "SignIn",
    "StoredFile",
    "Task",
    "Ticket",
    "User",
    "ValidationDraft",
]
