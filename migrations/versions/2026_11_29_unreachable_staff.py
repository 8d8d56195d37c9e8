"""unreachable staff"""

import sqlalchemy as sa
from alembic import op

revision = 'unreachable_staff'
down_revision = 'inbox'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('accounts', sa.Column('unreachable_reason', sa.String(length=120), nullable=True))
    op.add_column('accounts', sa.Column('unreachable_since', sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(op.f('ck_accounts_unreachable_whole'), 'accounts', '(unreachable_reason is null) = (unreachable_since is null)')


def downgrade() -> None:
    op.drop_constraint(op.f('ck_accounts_unreachable_whole'), 'accounts')
    op.drop_column('accounts', 'unreachable_since')
    op.drop_column('accounts', 'unreachable_reason')
