"""accounts: a code with which staff set their own password"""

import sqlalchemy as sa
from alembic import op

revision = 'accounts'
down_revision = 'merging'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('password_codes',
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_password_codes_account_id_accounts'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', name=op.f('pk_password_codes'))
    )


def downgrade() -> None:
    op.drop_table('password_codes')
