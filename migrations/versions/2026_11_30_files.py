"""Files that colleagues keep on a candidate's card."""

import sqlalchemy as sa
from alembic import op

revision = 'files'
down_revision = 'weekly_plan'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'files',
        sa.Column('id', sa.BigInteger(), nullable=False),
        sa.Column('candidate_id', sa.BigInteger(), nullable=False),
        sa.Column('account_id', sa.BigInteger(), nullable=True),
        sa.Column('name', sa.String(length=150), nullable=False),
        sa.Column('size_bytes', sa.BigInteger(), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.Column('kept_at', sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint('octet_length(content) = size_bytes', name=op.f('ck_files_size_is_true')),
        sa.ForeignKeyConstraint(
            ['account_id'], ['accounts.id'], name=op.f('fk_files_account_id_accounts'), ondelete='SET NULL'
        ),
        sa.ForeignKeyConstraint(
            ['candidate_id'], ['candidates.id'], name=op.f('fk_files_candidate_id_candidates'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_files')),
    )
    op.create_index(op.f('ix_files_account_id'), 'files', ['account_id'])
    op.create_index('ix_files_candidate_id_id', 'files', ['candidate_id', 'id'])


def downgrade() -> None:
    op.drop_table('files')
