"""second factor"""

import sqlalchemy as sa
from alembic import op

revision = 'second_factor'
down_revision = 'bulk'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('accounts', sa.Column('totp_secret', sa.String(length=64), nullable=True))
    op.add_column('accounts', sa.Column('totp_since', sa.DateTime(timezone=True), nullable=True))
    op.add_column('accounts', sa.Column('totp_step', sa.BigInteger(), server_default='0', nullable=False))
    op.add_column('accounts', sa.Column('spare_code_hashes', sa.ARRAY(sa.Text()), server_default='{}', nullable=False))
    op.create_check_constraint(op.f('ck_accounts_second_factor_has_secret'), 'accounts', 'totp_since is null or totp_secret is not null')


def downgrade() -> None:
    op.drop_constraint(op.f('ck_accounts_second_factor_has_secret'), 'accounts')
    op.drop_column('accounts', 'spare_code_hashes')
    op.drop_column('accounts', 'totp_step')
    op.drop_column('accounts', 'totp_since')
    op.drop_column('accounts', 'totp_secret')
