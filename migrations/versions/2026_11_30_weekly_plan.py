"""How many people a city means to hire a week."""

import sqlalchemy as sa
from alembic import op

revision = 'weekly_plan'
down_revision = 'counting'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('cities', sa.Column('weekly_plan', sa.BigInteger(), nullable=True))
    op.create_check_constraint(op.f('ck_cities_weekly_plan_positive'), 'cities', 'weekly_plan > 0')


def downgrade() -> None:
    op.drop_column('cities', 'weekly_plan')
