"""intro day: what a city's people bring along"""

import sqlalchemy as sa
from alembic import op

revision = 'intro_day'
down_revision = 'unreachable_staff'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('cities', sa.Column('intro_day_note', sa.Text(), server_default='', nullable=False))


def downgrade() -> None:
    op.drop_column('cities', 'intro_day_note')
