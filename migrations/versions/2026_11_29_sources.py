"""sources: where people come from, and the bot that links lead to"""

import sqlalchemy as sa
from alembic import op

revision = 'sources'
down_revision = 'failed_timers'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('sources',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('note', sa.Text(), server_default='', nullable=False),
    sa.Column('active', sa.Boolean(), server_default='true', nullable=False),
    sa.Column('revision', sa.BigInteger(), server_default='1', nullable=False),
    sa.CheckConstraint("key ~ '^[A-Za-z0-9_-]+$'", name=op.f('ck_sources_key_fits_telegram')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sources'))
    )
    op.create_index('uq_sources_key_lower', 'sources', [sa.text('lower(key)')], unique=True)
    op.create_table('bots',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('username', sa.String(length=64), nullable=False),
    sa.Column('introduced_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bots'))
    )


def downgrade() -> None:
    op.drop_table('bots')
    op.drop_table('sources')
