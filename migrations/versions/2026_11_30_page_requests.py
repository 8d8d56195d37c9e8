"""Taps on the Mini App's page, with their answers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = 'page_requests'
down_revision = 'lockout'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('page_requests',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('candidate_id', sa.BigInteger(), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('outcome', sa.Enum('booked', 'moved', 'cancelled', 'not_found', 'taken', 'closed', 'too_soon', 'already_booked', 'booking_gone', 'too_late', 'wrong_stage', 'trouble', name='outcome', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('details', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.ForeignKeyConstraint(['candidate_id'], ['candidates.id'], name=op.f('fk_page_requests_candidate_id_candidates'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_page_requests')),
    sa.UniqueConstraint('candidate_id', 'key', name=op.f('uq_page_requests_candidate_id_key'))
    )
    op.create_index('ix_page_requests_received_at', 'page_requests', ['received_at'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_page_requests_received_at', table_name='page_requests')
    op.drop_table('page_requests')
