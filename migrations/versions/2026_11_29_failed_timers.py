"""failed timers"""

import sqlalchemy as sa
from alembic import op

revision = 'failed_timers'
down_revision = 'privacy'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_timers_settled_at_failed', 'timers', ['settled_at'], unique=False, postgresql_where=sa.text("state = 'failed'"))


def downgrade() -> None:
    op.drop_index('ix_timers_settled_at_failed', table_name='timers', postgresql_where=sa.text("state = 'failed'"))
