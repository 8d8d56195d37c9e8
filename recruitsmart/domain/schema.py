"""Every model, imported once, so that the metadata is whole."""

from recruitsmart.domain.assessments import models as assessments
from recruitsmart.domain.base import Base
from recruitsmart.domain.batches import models as batches
from recruitsmart.domain.broadcasts import models as broadcasts
from recruitsmart.domain.candidates import models as candidates
from recruitsmart.domain.chats import models as chats
from recruitsmart.domain.dialogue import models as dialogue
from recruitsmart.domain.directory import attempts
from recruitsmart.domain.directory import models as directory
from recruitsmart.domain.intake import models as intake
from recruitsmart.domain.journal import models as journal
from recruitsmart.domain.messaging import models as messaging
from recruitsmart.domain.notes import models as notes
from recruitsmart.domain.slots import models as slots
from recruitsmart.domain.timers import models as timers

SUBJECTS = (
    directory,
    attempts,
    journal,
    timers,
    messaging,
    candidates,
    slots,
    assessments,
    broadcasts,
    batches,
    intake,
    chats,
    notes,
    dialogue,
)
metadata = Base.metadata
