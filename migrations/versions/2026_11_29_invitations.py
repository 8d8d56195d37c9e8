"""invitations: personal links for people whom colleagues entered"""

import sqlalchemy as sa
from alembic import op

revision = 'invitations'
down_revision = 'sources'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('invitations',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('candidate_id', sa.BigInteger(), nullable=False),
    sa.Column('token', sa.String(length=32), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('opened_by_id', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['candidate_id'], ['candidates.id'], name=op.f('fk_invitations_candidate_id_candidates'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['opened_by_id'], ['candidates.id'], name=op.f('fk_invitations_opened_by_id_candidates'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invitations')),
    sa.UniqueConstraint('token', name=op.f('uq_invitations_token'))
    )
    op.create_index('ix_invitations_candidate_id_id', 'invitations', ['candidate_id', 'id'], unique=False)
    op.create_index(op.f('ix_invitations_opened_by_id'), 'invitations', ['opened_by_id'], unique=False)


def downgrade() -> None:
    op.drop_table('invitations')
