"""How long after a passed interview a city invites to Test 2."""

import sqlalchemy as sa
from alembic import op

revision = 'test2_after'
down_revision = 'earlier'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('cities', sa.Column('test2_after_minutes', sa.BigInteger(), server_default='0', nullable=False))
    op.create_check_constraint(
        op.f('ck_cities_test2_wait_in_range'), 'cities', 'test2_after_minutes between 0 and 20160'
    )


def downgrade() -> None:
    op.drop_column('cities', 'test2_after_minutes')
