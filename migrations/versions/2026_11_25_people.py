"""people: staff accounts are linked to their Telegram chat by a code"""

import sqlalchemy as sa
from alembic import op
revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('accounts', sa.Column('chat_id', sa.BigInteger(), nullable=True))
    op.create_unique_constraint(op.f('uq_accounts_chat_id'), 'accounts', ['chat_id'])
    op.create_table('link_codes',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_link_codes_account_id_accounts'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_link_codes')),
    sa.UniqueConstraint('code_hash', name=op.f('uq_link_codes_code_hash'))
    )
    op.create_index('ix_link_codes_account_id_made_at', 'link_codes', ['account_id', 'made_at'], unique=False)


def downgrade() -> None:
    op.drop_table('link_codes')
    op.drop_constraint(op.f('uq_accounts_chat_id'), 'accounts', type_='unique')
    op.drop_column('accounts', 'chat_id')
