"""privacy"""

import sqlalchemy as sa
from alembic import op

revision = 'privacy'
down_revision = 'second_factor'
branch_labels = None
depends_on = None


# The words of a fact may be forgotten, the fact may not change.
FORGETS_WORDS = """
create or replace function journal_never_changes() returns trigger language plpgsql as $$
begin
    if new.details = '{}'::jsonb and old.details <> new.details
        and (new.id, new.at, new.kind, new.actor_kind, new.actor_id, new.candidate_id, new.subject_id)
        is not distinct from (old.id, old.at, old.kind, old.actor_kind, old.actor_id, old.candidate_id, old.subject_id)
    then
        return new;
    end if;
    raise exception 'the journal is append-only' using errcode = 'integrity_constraint_violation';
end $$;
"""
NEVER_CHANGES = """
create or replace function journal_never_changes() returns trigger language plpgsql as $$
begin
    raise exception 'the journal is append-only' using errcode = 'integrity_constraint_violation';
end $$;
"""


def upgrade() -> None:
    op.execute(FORGETS_WORDS)
    op.add_column('candidates', sa.Column('hold_reason', sa.Text(), nullable=True))
    op.add_column('candidates', sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index('ix_candidates_ended', 'candidates', ['outcome', 'stage_since'], unique=False, postgresql_where=sa.text("outcome in ('rejected', 'withdrawn') and erased_at is null"))
    op.create_index('ix_outbox_to_staff', 'outbox', ['id'], unique=False, postgresql_where=sa.text("candidate_id is null and body <> ''"))
    op.create_check_constraint(op.f('ck_candidates_erased_is_nobody'), 'candidates', 'erased_at is null or (full_name is null and phone is null and hold_reason is null)')


def downgrade() -> None:
    op.execute(NEVER_CHANGES)
    op.drop_constraint(op.f('ck_candidates_erased_is_nobody'), 'candidates')
    op.drop_index('ix_outbox_to_staff', table_name='outbox', postgresql_where=sa.text("candidate_id is null and body <> ''"))
    op.drop_index('ix_candidates_ended', table_name='candidates', postgresql_where=sa.text("outcome in ('rejected', 'withdrawn') and erased_at is null"))
    op.drop_column('candidates', 'erased_at')
    op.drop_column('candidates', 'hold_reason')
