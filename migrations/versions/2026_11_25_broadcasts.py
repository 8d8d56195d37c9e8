"""broadcasts"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = 'broadcasts'
down_revision = 'delivery'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('broadcast_recipients',
    sa.Column('broadcast_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('candidate_id', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'queued', 'sent', 'skipped', 'failed', 'unknown', name='state', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('reason', sa.Enum('no_contact', 'no_consent', 'unreachable', 'ended', 'elsewhere', 'no_text', 'stopped', name='reason', native_enum=False, create_constraint=True, length=32), nullable=True),
    sa.Column('outbox_id', sa.BigInteger(), nullable=True),
    sa.CheckConstraint("(state = 'skipped') = (reason is not null)", name=op.f('ck_broadcast_recipients_skipped_has_reason')),
    sa.CheckConstraint("state in ('waiting', 'skipped') or outbox_id is not null", name=op.f('ck_broadcast_recipients_posted_has_message')),
    sa.ForeignKeyConstraint(['candidate_id'], ['candidates.id'], name=op.f('fk_broadcast_recipients_candidate_id_candidates'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('broadcast_id', 'candidate_id', name=op.f('pk_broadcast_recipients'))
    )
    op.create_index(op.f('ix_broadcast_recipients_candidate_id'), 'broadcast_recipients', ['candidate_id'], unique=False)
    op.create_index('ix_broadcast_recipients_progress', 'broadcast_recipients', ['broadcast_id', 'state', 'candidate_id'], unique=False, postgresql_include=['reason'])
    op.create_index('ix_broadcast_recipients_queued', 'broadcast_recipients', ['broadcast_id'], unique=False, postgresql_where=sa.text("state = 'queued'"))
    op.create_table('broadcasts',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=True),
    sa.Column('bodies', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('wanted', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('city_ids', postgresql.ARRAY(sa.BigInteger()), nullable=True),
    sa.Column('state', sa.Enum('draft', 'running', 'paused', 'stopped', 'finished', name='state', native_enum=False, create_constraint=True, length=32), server_default='draft', nullable=False),
    sa.Column('total', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revision', sa.BigInteger(), server_default='1', nullable=False),
    sa.CheckConstraint("(state = 'draft') = (started_at is null)", name=op.f('ck_broadcasts_draft_not_started')),
    sa.CheckConstraint("(state in ('stopped', 'finished')) = (ended_at is not null)", name=op.f('ck_broadcasts_end_has_moment')),
    sa.CheckConstraint("bodies ->> 'ru' is not null", name=op.f('ck_broadcasts_has_russian')),
    sa.CheckConstraint('cardinality(city_ids) > 0', name=op.f('ck_broadcasts_reaches_somewhere')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_broadcasts_account_id_accounts'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_broadcasts'))
    )
    op.create_index(op.f('ix_broadcasts_account_id'), 'broadcasts', ['account_id'], unique=False)
    op.create_index('ix_broadcasts_running', 'broadcasts', ['id'], unique=False, postgresql_where=sa.text("state = 'running'"))


def downgrade() -> None:
    op.drop_index('ix_broadcasts_running', table_name='broadcasts', postgresql_where=sa.text("state = 'running'"))
    op.drop_index(op.f('ix_broadcasts_account_id'), table_name='broadcasts')
    op.drop_table('broadcasts')
    op.drop_index('ix_broadcast_recipients_queued', table_name='broadcast_recipients', postgresql_where=sa.text("state = 'queued'"))
    op.drop_index('ix_broadcast_recipients_progress', table_name='broadcast_recipients', postgresql_include=['reason'])
    op.drop_index(op.f('ix_broadcast_recipients_candidate_id'), table_name='broadcast_recipients')
    op.drop_table('broadcast_recipients')
