"""merging: two cards of one person become one"""

import sqlalchemy as sa
from alembic import op

revision = 'merging'
down_revision = 'invitations'
branch_labels = None
depends_on = None

# Along a merged card, and otherwise never.
ALONG = "exists (select 1 from merged_cards where candidate_id = old.candidate_id and survivor_id = new.candidate_id)"
# As migration "privacy" has it.
FORGETS_WORDS = """
    if new.details = '{}'::jsonb and old.details <> new.details and to_jsonb(old) - 'details' = to_jsonb(new) - 'details' then
        return new;
    end if;
"""
BOOKINGS = f"""
create or replace function bookings_never_change() returns trigger language plpgsql as $$
begin
    if old.slot_id = new.slot_id and old.purpose = new.purpose and {ALONG} then
        return new;
    end if;
    raise exception 'a booking''s slot, purpose and candidate never change'
        using errcode = 'integrity_constraint_violation', constraint = 'bookings_never_change';
end $$;
"""
JOURNAL = f"""
create or replace function journal_never_changes() returns trigger language plpgsql as $$
begin
    if to_jsonb(old) - 'candidate_id' = to_jsonb(new) - 'candidate_id' and {ALONG} then
        return new;
    end if;
    {FORGETS_WORDS}
    raise exception 'the journal is append-only' using errcode = 'integrity_constraint_violation';
end $$;
"""
BOOKINGS_BEFORE = """
create or replace function bookings_never_change() returns trigger language plpgsql as $$
begin
    raise exception 'a booking''s slot, purpose and candidate never change'
        using errcode = 'integrity_constraint_violation', constraint = 'bookings_never_change';
end $$;
"""
JOURNAL_BEFORE = f"""
create or replace function journal_never_changes() returns trigger language plpgsql as $$
begin
    {FORGETS_WORDS}
    raise exception 'the journal is append-only' using errcode = 'integrity_constraint_violation';
end $$;
"""


def upgrade() -> None:
    op.create_table('merged_cards',
    sa.Column('candidate_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('reference', sa.String(length=24), nullable=False),
    sa.Column('survivor_id', sa.BigInteger(), nullable=False),
    sa.Column('merged_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['survivor_id'], ['candidates.id'], name=op.f('fk_merged_cards_survivor_id_candidates'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('candidate_id', name=op.f('pk_merged_cards')),
    sa.UniqueConstraint('reference', name=op.f('uq_merged_cards_reference'))
    )
    op.create_index(op.f('ix_merged_cards_survivor_id'), 'merged_cards', ['survivor_id'], unique=False)
    op.execute(BOOKINGS)
    op.execute(JOURNAL)
    op.add_column('contacts', sa.Column('main', sa.Boolean(), server_default='true', nullable=False))
    op.create_index(op.f('ix_contacts_candidate_id'), 'contacts', ['candidate_id'], unique=False)
    op.create_index('uq_contacts_candidate_id_main', 'contacts', ['candidate_id'], unique=True, postgresql_where=sa.text('main'))
    op.drop_constraint(op.f('uq_contacts_candidate_id'), 'contacts', type_='unique')
    op.add_column('attempts', sa.Column('merged_at', sa.DateTime(timezone=True), nullable=True))
    op.drop_index('uq_attempts_open', table_name='attempts', postgresql_where=sa.text("status <> 'finished'"))
    op.create_index('uq_attempts_open', 'attempts', ['candidate_id', 'test_id'], unique=True, postgresql_where=sa.text("status <> 'finished' and merged_at is null"))


def downgrade() -> None:
    op.drop_index('uq_attempts_open', table_name='attempts', postgresql_where=sa.text("status <> 'finished' and merged_at is null"))
    op.create_index('uq_attempts_open', 'attempts', ['candidate_id', 'test_id'], unique=True, postgresql_where=sa.text("status <> 'finished'"))
    op.drop_column('attempts', 'merged_at')
    op.create_unique_constraint(op.f('uq_contacts_candidate_id'), 'contacts', ['candidate_id'])
    op.drop_index('uq_contacts_candidate_id_main', table_name='contacts', postgresql_where=sa.text('main'))
    op.drop_index(op.f('ix_contacts_candidate_id'), table_name='contacts')
    op.drop_column('contacts', 'main')
    op.execute(BOOKINGS_BEFORE)
    op.execute(JOURNAL_BEFORE)
    op.drop_index(op.f('ix_merged_cards_survivor_id'), table_name='merged_cards')
    op.drop_table('merged_cards')
