"""analytics and board: indexes that their numbers and cards are read from"""

import sqlalchemy as sa
from alembic import op

revision = "analytics"
down_revision = "reminders"
branch_labels = None
depends_on = None

_PASSED = "kind = 'candidate.moved' and (details ->> 'before') = 'test2' and (details ->> 'after') = 'to_intro_day'"
_MET = "purpose = 'interview' and status in ('attended', 'late', 'no_show')"


def upgrade() -> None:
    for name, where in (
        ("ix_journal_test1_finished", "kind = 'attempt.finished' and (details ->> 'test') = 'test1'"),
        ("ix_journal_test2_passed", _PASSED),
        ("ix_journal_hired", "kind = 'candidate.hired'"),
    ):
        op.create_index(name, "journal", ["at", "candidate_id"], postgresql_where=sa.text(where))
    op.create_index(
        "ix_bookings_created_at", "bookings", ["created_at"], postgresql_include=["candidate_id", "purpose", "status"]
    )
    op.create_index(
        "ix_bookings_met", "bookings", ["slot_id"], postgresql_include=["status", "created_at", "time_zone"],
        postgresql_where=sa.text(_MET),
    )  # fmt: skip
    op.create_index(
        "ix_slots_purpose_starts_at", "slots", ["purpose", "starts_at"], postgresql_include=["id", "recruiter_id"]
    )
    op.create_index(
        "ix_candidates_active", "candidates", ["stage", "stage_since", "id"],
        postgresql_where=sa.text("outcome = 'active'"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_candidates_active", table_name="candidates")
    op.drop_index("ix_slots_purpose_starts_at", table_name="slots")
    op.drop_index("ix_bookings_met", table_name="bookings")
    op.drop_index("ix_bookings_created_at", table_name="bookings")
    for name in ("ix_journal_hired", "ix_journal_test2_passed", "ix_journal_test1_finished"):
        op.drop_index(name, table_name="journal")
